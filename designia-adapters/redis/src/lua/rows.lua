-- Whole rows. ARGV: ids. Answers for each: its fields, what was asked, its failures.
local rows = {}
for i, id in ipairs(ARGV) do
  rows[i] = { call('HGETALL', P .. 't:' .. id), call('GET', P .. 'j:' .. id), call('LRANGE', P .. 'f:' .. id, 0, -1) }
end
return rows
