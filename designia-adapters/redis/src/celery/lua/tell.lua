-- Stores a result as Celery does and tells who waits for it, unless another mirror has told something newer: the watch must be
-- as it was when the task was looked at. Nothing replaces a success, as in Celery.
-- KEYS[1] the tasks by their next look, KEYS[2] the watches by task, KEYS[3] the result's key and channel. ARGV[1] the task,
-- ARGV[2] the watch as it was, or '' if there is none, ARGV[3] as it is to be, or '' to end it, ARGV[4] the next look,
-- ARGV[5] the result, or '' for no news, ARGV[6] for how many seconds it is kept.
if ARGV[2] ~= '' then
    if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then
        return 0
    end
    if ARGV[3] == '' then
        redis.call('HDEL', KEYS[2], ARGV[1])
        redis.call('ZREM', KEYS[1], ARGV[1])
    else
        redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
        redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1])
    end
end
if ARGV[5] == '' then
    return 1
end
local before = redis.call('GET', KEYS[3])
local readable, stored = pcall(cjson.decode, before or 'null')
if readable and type(stored) == 'table' and stored.status == 'SUCCESS' then
    return 1
end
redis.call('SETEX', KEYS[3], ARGV[6], ARGV[5])
redis.call('PUBLISH', KEYS[3], ARGV[5])
return 1
