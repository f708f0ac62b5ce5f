-- Records what became of the claim of a task with this token: S success, R retry, F failure, V revoked, H handed back, M moved;
-- `at` is when it is due again, `text` the result, the error or the reason. Answers R recorded, G gone, S stale.
local function settle(now, id, token, outcome, at, text)
  local key = P .. 't:' .. id
  local row = call('HMGET', key, 's', 'c', 'q', 'k', 'u', 'x', 'a', 'm', 'w')
  local state, queue, rank = row[1], row[3], row[4]
  if not RUNNING[state] or row[2] ~= token then return 'S' end
  local unique, revoked, attempts = row[5], row[6], tonumber(row[7])
  call('ZREM', run_key(queue, rank), id)
  if outcome == 'S' then
    call('HSET', key, 'r', text)
    finish(id, queue, state, 'SUCCESS', unique, now)
  elseif outcome == 'M' then
    if unique then call('HDEL', P .. 'unique', unique) end
    forget(id, queue, state)
    return 'G'
  elseif outcome == 'F' then
    failed(id, attempts, now, row[9], text)
    finish(id, queue, state, 'FAILURE', unique, now)
  elseif outcome == 'V' then
    finish(id, queue, state, 'REVOKED', unique, now, 'called off while it ran')
  else
    if outcome == 'R' then
      failed(id, attempts, now, row[9], text)
    else
      attempts = attempts - 1
      call('HSET', key, 'a', attempts)
    end
    if revoked then
      finish(id, queue, state, 'REVOKED', unique, now, 'called off while it ran')
    elseif outcome == 'R' and attempts >= tonumber(row[8]) then
      finish(id, queue, state, 'FAILURE', unique, now, 'its attempts are used up')
    else
      local waits = (outcome == 'R' or attempts > 0) and 'RETRY' or 'PENDING'
      move(id, queue, state, waits)
      call('HSET', key, 's', waits, 'd', at)
      if outcome == 'H' then call('HSET', key, 'n', text) end
      call('ZADD', wait_key(queue, rank), at, id)
    end
  end
  return 'R'
end
