-- Calls a task off. ARGV: id, now. Answers nothing if there is none, REVOKED, ASKED, or the state in which it has ended.
local id, now = ARGV[1], ARGV[2]
local key = P .. 't:' .. id
local row = call('HMGET', key, 's', 'q', 'k', 'u')
local state = row[1]
if not state then return false end
if ENDED[state] then return 'ENDED ' .. state end
if RUNNING[state] then
  call('HSET', key, 'x', 1)
  return 'ASKED'
end
call('ZREM', wait_key(row[2], row[3]), id)
finish(id, row[2], state, 'REVOKED', row[4], now, 'called off before it ran')
write_counts()
return 'REVOKED'
