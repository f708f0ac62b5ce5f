-- Every queue. ARGV: now. Answers for each: its name, whether it is held, its counts, when the longest due one was due.
local queues, held = {}, call('HGETALL', P .. 'queues')
for i = 1, #held, 2 do
  local queue, first, best = held[i], false, nil
  for rank = 0, 2 do
    local key = wait_key(queue, rank)
    local head = call('ZRANGE', key, '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
    if head[1] and (not best or tonumber(head[2]) < best) then
      first, best = head[1], tonumber(head[2])
    end
  end
  local oldest = first and call('HGET', P .. 't:' .. first, 'd')
  queues[#queues + 1] = { queue, held[i + 1], call('HGETALL', P .. 'counts:' .. queue), oldest }
end
return queues
