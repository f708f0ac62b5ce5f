-- Acknowledges messages. KEYS[1] the hash of what is not acknowledged, KEYS[2] its index; ARGV the tags, some hundreds at most.
redis.call('ZREM', KEYS[2], unpack(ARGV))
return redis.call('HDEL', KEYS[1], unpack(ARGV))
