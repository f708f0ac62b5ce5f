-- Settles, then claims. ARGV: now, the worker, the end of the leases, how many are wanted, how many queues, the queues, and five
-- for each settlement: id, token, outcome, at, text. Answers what each settlement did, the claimed rows, when the next one is
-- due if fewer were claimed than wanted, and whether to call again because there were too many to look at in one go.
local MOST = 500
local now, worker, until_, limit, named = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local settled = {}
for i = 6 + named, #ARGV, 5 do
  settled[#settled + 1] = settle(now, unpack(ARGV, i, i + 4))
end
local claimed, open, seen, next = {}, {}, 0, false
if limit > 0 then
  for i = 6, 5 + named do
    local queue = ARGV[i]
    if call('HGET', P .. 'queues', queue) == '0' then open[#open + 1] = queue end
  end
  for _, queue in ipairs(open) do
    for rank = 0, 2 do
      if #claimed < limit and seen < MOST then
        seen = seen + claim_of(queue, rank, worker, now, until_, limit, MOST - seen, claimed)
      end
    end
  end
end
write_counts()
local again = #claimed < limit and seen >= MOST
if #claimed < limit and not again then next = next_due(open) end
return { table.concat(settled), claimed, next, again and 1 or 0 }
