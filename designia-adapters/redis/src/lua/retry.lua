-- Lets a task that failed or was called off wait again. ARGV: id, now. Answers nothing if there is none, WAITING, the state in
-- which it is, or the id of another task that has its unique key.
local id, now = ARGV[1], ARGV[2]
local key = P .. 't:' .. id
local row = call('HMGET', key, 's', 'q', 'k', 'u')
local state, queue, unique = row[1], row[2], row[4]
if not state then return false end
local holder = unique and call('HGET', P .. 'unique', unique)
if holder and holder ~= id then return 'DUPLICATE ' .. holder end
if state ~= 'FAILURE' and state ~= 'REVOKED' then return 'NOTENDED ' .. state end
move(id, queue, state, 'PENDING')
call('HSET', key, 's', 'PENDING', 'a', 0, 'd', now, 'n', 'tried again by hand')
call('HDEL', key, 'y', 'e', 'p', 'x')
call('ZREM', P .. 'ended', id)
call('ZADD', wait_key(queue, row[3]), now, id)
if unique then call('HSET', P .. 'unique', unique, id) end
write_counts()
return 'WAITING'
