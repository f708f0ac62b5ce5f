-- What the scripts share. KEYS[1] is the namespace's prefix `{name}:`, from which all other keys are made: they are in one slot.
--
-- t:ID  a hash, the row:  s state, a attempts, c claims, d due, m most attempts, q queue, k rank, and if there are any:
--       y start by, u unique key, x whether calling off was asked, w worker, b begun, e ended, p progress, r result, n note
-- j:ID  what was asked, as JSON           f:ID  the latest failures, a list
-- wait:QUEUE:RANK  what waits, by the time from which it is due; run:QUEUE:RANK  what runs, by the end of its lease
-- ids:QUEUE  every task's id; ids:QUEUE:STATE  those in one of the states below
-- counts:QUEUE  how many there are by state; queues  every queue, and whether it is held
-- ended  what has ended, by when; unique  which task has a key
--
-- workers  what each worker says of itself; beats  by when it last did
-- schedules  every name; schedule:NAME  a hash: j definition, on, v version, n next, l last, i last task, f fired, m missed,
--       k skipped
--
-- Times are whole microseconds. They are compared as numbers and kept as the text that came, which loses no digit.
local P = KEYS[1]
local FAILURES_KEPT = 10
local INDEXED = { RETRY = true, FAILURE = true, REVOKED = true }
local RUNNING = { STARTED = true, PROGRESS = true }
local ENDED = { SUCCESS = true, FAILURE = true, REVOKED = true }
local call = redis.call

local counted = {}

local function count(queue, state, by)
  local counts = counted[queue]
  if not counts then
    counts = {}
    counted[queue] = counts
  end
  counts[state] = (counts[state] or 0) + by
end

-- Every script that changes states ends with this.
local function write_counts()
  for queue, counts in pairs(counted) do
    for state, by in pairs(counts) do
      if by ~= 0 then
        call('HINCRBY', P .. 'counts:' .. queue, state, by)
      end
    end
  end
end

local function move(id, queue, from, to)
  if from == to then return end
  count(queue, from, -1)
  count(queue, to, 1)
  if INDEXED[from] then call('ZREM', P .. 'ids:' .. queue .. ':' .. from, id) end
  if INDEXED[to] then call('ZADD', P .. 'ids:' .. queue .. ':' .. to, 0, id) end
end

local function wait_key(queue, rank)
  return P .. 'wait:' .. queue .. ':' .. rank
end

local function run_key(queue, rank)
  return P .. 'run:' .. queue .. ':' .. rank
end

-- Whoever calls this takes the row out of what waits and runs.
local function finish(id, queue, from, to, unique, now, note)
  move(id, queue, from, to)
  if note then
    call('HSET', P .. 't:' .. id, 's', to, 'e', now, 'n', note)
  else
    call('HSET', P .. 't:' .. id, 's', to, 'e', now)
  end
  call('ZADD', P .. 'ended', now, id)
  if unique then call('HDEL', P .. 'unique', unique) end
end

local function failed(id, attempt, now, worker, why)
  local key = P .. 'f:' .. id
  call('RPUSH', key, attempt .. '\n' .. now .. '\n' .. (worker or '') .. '\n' .. why)
  call('LTRIM', key, -FAILURES_KEPT, -1)
end

-- Forgets a row that is neither waiting nor running.
local function forget(id, queue, state)
  call('DEL', P .. 't:' .. id, P .. 'j:' .. id, P .. 'f:' .. id)
  call('ZREM', P .. 'ids:' .. queue, id)
  count(queue, state, -1)
  if INDEXED[state] then call('ZREM', P .. 'ids:' .. queue .. ':' .. state, id) end
end

-- Hands over a list in pieces that a call can take.
local function in_pieces(command, key, list)
  for first = 1, #list, 500 do
    call(command, key, unpack(list, first, math.min(first + 499, #list)))
  end
end
