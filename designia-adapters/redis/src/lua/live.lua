-- Ids of what waits or runs, if they are no more than so many. ARGV: wait or run, how many, and the queues, or none for all.
local most, queues = tonumber(ARGV[2]), { unpack(ARGV, 3, math.min(#ARGV, 502)) }
if #queues == 0 then queues = call('HKEYS', P .. 'queues') end
local ids = {}
for _, queue in ipairs(queues) do
  for rank = 0, 2 do
    local key = P .. ARGV[1] .. ':' .. queue .. ':' .. rank
    if #ids + call('ZCARD', key) > most then return false end
    for _, id in ipairs(call('ZRANGE', key, 0, -1)) do ids[#ids + 1] = id end
  end
end
return ids
