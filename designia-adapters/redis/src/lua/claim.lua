-- Hands out what is due, and ends what must not be handed out any more.

-- One row, which is due and in the list that it came from; false if it has ended instead.
local function claim_row(id, asked, worker, now, until_)
  local key = P .. 't:' .. id
  local row = call('HMGET', key, 's', 'a', 'c', 'm', 'q', 'y', 'n', 'u', 'x', 'w')
  local state, queue, by, unique = row[1], row[5], row[6], row[8]
  if not state or ENDED[state] then return false end
  if not asked then
    finish(id, queue, state, 'FAILURE', unique, now, 'what was asked is gone from the store')
    return false
  end
  local attempts, claims = tonumber(row[2]), tonumber(row[3])
  if RUNNING[state] then
    failed(id, attempts, now, row[10], 'the worker vanished: its lease ran out')
    if row[9] then
      finish(id, queue, state, 'REVOKED', unique, now, 'called off; its worker vanished')
      return false
    end
    if attempts >= tonumber(row[4]) then
      finish(id, queue, state, 'FAILURE', unique, now, 'its attempts are used up')
      return false
    end
  end
  if attempts == 0 and by and tonumber(by) < tonumber(now) then
    finish(id, queue, state, 'REVOKED', unique, now, 'not started in time')
    return false
  end
  move(id, queue, state, 'STARTED')
  call('HSET', key, 's', 'STARTED', 'a', attempts + 1, 'c', claims + 1, 'd', until_, 'w', worker, 'b', now)
  if claims > 0 or row[7] then call('HDEL', key, 'p', 'n') end
  return { id, asked, claims + 1, attempts + 1, by or '' }
end

-- Two lists of id, score, id, score …, both in order, as one list of ids in order.
local function merged(one, other, most)
  local ids, i, j = {}, 1, 1
  while #ids < most and (i < #one or j < #other) do
    local at, and_at = tonumber(one[i + 1]), tonumber(other[j + 1])
    if j > #other or (i < #one and (at < and_at or (at == and_at and one[i] < other[j]))) then
      ids[#ids + 1] = one[i]
      i = i + 2
    else
      ids[#ids + 1] = other[j]
      j = j + 2
    end
  end
  return ids
end

-- The first ones that are due of a queue and rank.
local function due(queue, rank, now, most)
  local lost = call('ZRANGE', run_key(queue, rank), '-inf', now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
  if #lost == 0 then
    return call('ZRANGE', wait_key(queue, rank), '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
  end
  local waiting = call('ZRANGE', wait_key(queue, rank), '-inf', now, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
  return merged(lost, waiting, most)
end

-- Up to `limit` of a queue and rank; `most` rows may be looked at. Answers how many were.
local function claim_of(queue, rank, worker, now, until_, limit, most, claimed)
  local seen = 0
  while #claimed < limit and seen < most do
    local ids = due(queue, rank, now, math.min(limit - #claimed, most - seen))
    if #ids == 0 then break end
    seen = seen + #ids
    local keys, leases = {}, {}
    for i, id in ipairs(ids) do keys[i] = P .. 'j:' .. id end
    local asked = call('MGET', unpack(keys))
    for i, id in ipairs(ids) do
      local row = claim_row(id, asked[i], worker, now, until_)
      if row then
        claimed[#claimed + 1] = row
        leases[#leases + 1] = until_
        leases[#leases + 1] = id
      end
    end
    in_pieces('ZREM', wait_key(queue, rank), ids)
    in_pieces('ZREM', run_key(queue, rank), ids)
    if #leases > 0 then in_pieces('ZADD', run_key(queue, rank), leases) end
  end
  return seen
end

-- When the next one of these queues is due, or its lease runs out, exactly as it was said; false if there is none.
local function next_due(queues)
  local first, best = false, nil
  for _, queue in ipairs(queues) do
    for rank = 0, 2 do
      for _, key in ipairs({ wait_key(queue, rank), run_key(queue, rank) }) do
        local head = call('ZRANGE', key, 0, 0, 'WITHSCORES')
        if head[1] and (not best or tonumber(head[2]) < best) then
          first, best = head[1], tonumber(head[2])
        end
      end
    end
  end
  return first and call('HGET', P .. 't:' .. first, 'd')
end
