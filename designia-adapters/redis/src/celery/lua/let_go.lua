-- Ends the hold on a message and puts it into the list KEYS[3], at the end that is taken first if ARGV[3] is 'next'. Does
-- nothing if it is not held any more: then somebody else has put it back.
-- KEYS[1] the hash of what is not acknowledged, KEYS[2] its index. ARGV[1] the tag, ARGV[2] the message.
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then
    return 0
end
return redis.call(ARGV[3] == 'next' and 'RPUSH' or 'LPUSH', KEYS[3], ARGV[2])
