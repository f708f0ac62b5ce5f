-- Stores tasks, eight arguments each: id, what was asked, queue, rank, due, most attempts, start by, unique key; the last two
-- may be empty. Their answers: N new, K known, or the id of the task that has the unique key.
local ADDED = 8

local function add(first, last)
  local answers, added, queues = {}, {}, {}
  for i = first, last, ADDED do
    local id, asked, queue, rank, due, most, by, unique = unpack(ARGV, i, i + ADDED - 1)
    local holder = unique ~= '' and call('HGET', P .. 'unique', unique)
    if call('EXISTS', P .. 't:' .. id) == 1 then
      answers[#answers + 1] = 'K'
    elseif holder then
      answers[#answers + 1] = holder
    else
      local row = { 's', 'PENDING', 'a', 0, 'c', 0, 'd', due, 'm', most, 'q', queue, 'k', rank }
      if by ~= '' then
        row[#row + 1] = 'y'
        row[#row + 1] = by
      end
      if unique ~= '' then
        row[#row + 1] = 'u'
        row[#row + 1] = unique
        call('HSET', P .. 'unique', unique, id)
      end
      call('HSET', P .. 't:' .. id, unpack(row))
      call('SET', P .. 'j:' .. id, asked)
      local waiting = wait_key(queue, rank)
      local list = added[waiting]
      if not list then
        list = {}
        added[waiting] = list
      end
      list[#list + 1] = due
      list[#list + 1] = id
      local ids = queues[queue]
      if not ids then
        ids = {}
        queues[queue] = ids
      end
      ids[#ids + 1] = 0
      ids[#ids + 1] = id
      count(queue, 'PENDING', 1)
      answers[#answers + 1] = 'N'
    end
  end
  for waiting, list in pairs(added) do in_pieces('ZADD', waiting, list) end
  for queue, ids in pairs(queues) do
    in_pieces('ZADD', P .. 'ids:' .. queue, ids)
    call('HSETNX', P .. 'queues', queue, '0')
  end
  return answers
end
