-- What a worker says of itself. ARGV: its name, when, the text, or nothing if it has stopped, and before when those are forgotten
-- who have said nothing since.
local name, at, text = ARGV[1], ARGV[2], ARGV[3]
if text == '' then
  call('HDEL', P .. 'workers', name)
  call('ZREM', P .. 'beats', name)
else
  call('HSET', P .. 'workers', name, text)
  call('ZADD', P .. 'beats', at, name)
end
for _, gone in ipairs(call('ZRANGE', P .. 'beats', '-inf', '(' .. ARGV[4], 'BYSCORE', 'LIMIT', 0, 100)) do
  call('HDEL', P .. 'workers', gone)
  call('ZREM', P .. 'beats', gone)
end
return 1
