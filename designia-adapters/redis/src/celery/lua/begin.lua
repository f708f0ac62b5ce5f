-- Watches tasks that are not watched yet, beginning with a look at ARGV[1]; ARGV[2..] are task, watch, task, watch …
-- KEYS[1] the tasks by their next look, KEYS[2] the watches by task.
for i = 2, #ARGV, 2 do
    redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[i])
end
return redis.status_reply('OK')
