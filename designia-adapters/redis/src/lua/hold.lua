-- Takes a lease, or prolongs it. KEYS[1] the key; ARGV: the holder, now, until. Answers the token, or nothing if somebody else
-- has it. The row is never dropped by the server's own clock, and its token never goes back.
local lease = redis.call('HMGET', KEYS[1], 'holder', 'until', 'token')
if lease[1] and lease[1] ~= ARGV[1] and tonumber(lease[2]) > tonumber(ARGV[2]) then return false end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'until', ARGV[3])
if lease[1] == ARGV[1] then return tonumber(lease[3]) end
return redis.call('HINCRBY', KEYS[1], 'token', 1)
