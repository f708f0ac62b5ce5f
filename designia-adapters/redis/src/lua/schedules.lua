-- Schedules. ARGV: names, or none for all. Answers for each: its name and its fields.
local names, rows = ARGV, {}
if #names == 0 then names = call('ZRANGE', P .. 'schedules', 0, -1) end
for i, name in ipairs(names) do
  rows[i] = { name, call('HMGET', P .. 'schedule:' .. name, 'j', 'on', 'v', 'n', 'l', 'i', 'f', 'm', 'k') }
end
return rows
