-- Stores a schedule if its version is still this one, or if there is none and the version is empty. ARGV: name, version, and its
-- fields. Answers whether it was stored.
local key = P .. 'schedule:' .. ARGV[1]
if (call('HGET', key, 'v') or '') ~= ARGV[2] then return 0 end
call('HSET', key, unpack(ARGV, 3))
call('ZADD', P .. 'schedules', 0, ARGV[1])
return 1
