-- Ids below one, the highest first, no more than so many of each queue. ARGV: below, which may be empty, how many, a state whose
-- ids are listed apart, or nothing, and the queues, or none for all.
local max = ARGV[1] == '' and '+' or '(' .. ARGV[1]
local queues = { unpack(ARGV, 4, math.min(#ARGV, 503)) }
if #queues == 0 then queues = call('HKEYS', P .. 'queues') end
local ids = {}
for _, queue in ipairs(queues) do
  local key = P .. 'ids:' .. queue
  if ARGV[3] ~= '' then key = key .. ':' .. ARGV[3] end
  for _, id in ipairs(call('ZRANGE', key, max, '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[2])) do ids[#ids + 1] = id end
end
return ids
