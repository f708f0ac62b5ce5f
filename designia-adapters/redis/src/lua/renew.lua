-- Prolongs leases. ARGV: until, then three each: id, token, progress, which may be empty. Answers for each: H held, A asked to
-- stop, L lost.
local until_, holds = ARGV[1], {}
for i = 2, #ARGV, 3 do
  local id, token, progress = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local key = P .. 't:' .. id
  local row = call('HMGET', key, 's', 'c', 'q', 'k', 'x')
  if not RUNNING[row[1]] or row[2] ~= token then
    holds[#holds + 1] = 'L'
  else
    if progress == '' then
      call('HSET', key, 'd', until_)
    else
      move(id, row[3], row[1], 'PROGRESS')
      call('HSET', key, 'd', until_, 's', 'PROGRESS', 'p', progress)
    end
    call('ZADD', run_key(row[3], row[4]), until_, id)
    holds[#holds + 1] = row[5] and 'A' or 'H'
  end
end
write_counts()
return table.concat(holds)
