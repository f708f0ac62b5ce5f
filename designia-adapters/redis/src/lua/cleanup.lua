-- Forgets tasks that ended before then, no more than a limit. ARGV: then, limit. Answers how many.
local ids = call('ZRANGE', P .. 'ended', '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  local row = call('HMGET', P .. 't:' .. id, 's', 'q')
  if row[1] then forget(id, row[2], row[1]) end
end
in_pieces('ZREM', P .. 'ended', ids)
write_counts()
return #ids
