-- Answers up to ARGV[2] watches that are due at ARGV[1], and puts off their next look to ARGV[3], so that of several mirrors one
-- looks: task, watch, task, watch …
-- KEYS[1] the tasks by their next look, KEYS[2] the watches by task.
local due = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
local looks = {}
for _, task in ipairs(due) do
    local watch = redis.call('HGET', KEYS[2], task)
    if watch then
        redis.call('ZADD', KEYS[1], ARGV[3], task)
        looks[#looks + 1] = task
        looks[#looks + 1] = watch
    else
        redis.call('ZREM', KEYS[1], task)
    end
end
return looks
