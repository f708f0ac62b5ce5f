-- Gives a lease back. KEYS[1] the key; ARGV: the holder. Answers whether it was the holder's.
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'holder', 'until')
return 1
