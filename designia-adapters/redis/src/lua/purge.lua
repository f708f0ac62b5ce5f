-- Calls off what waits in a queue, no more than a limit. ARGV: queue, now, limit. Answers how many.
local queue, now, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local purged = 0
for rank = 0, 2 do
  if purged < limit then
    local ids = call('ZRANGE', wait_key(queue, rank), 0, limit - purged - 1)
    for _, id in ipairs(ids) do
      local row = call('HMGET', P .. 't:' .. id, 's', 'u')
      if row[1] then finish(id, queue, row[1], 'REVOKED', row[2], now, 'called off before it ran') end
    end
    in_pieces('ZREM', wait_key(queue, rank), ids)
    purged = purged + #ids
  end
end
write_counts()
return purged
