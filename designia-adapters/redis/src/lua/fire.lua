-- Fires a schedule if its version is still this one. ARGV: name, version, the last moment, the next one or nothing, how many were
-- missed, and the tasks in the form of add. Answers nothing if the version is another, else the answers of add.
local key = P .. 'schedule:' .. ARGV[1]
if call('HGET', key, 'v') ~= ARGV[2] then return false end
local answers = add(6, #ARGV)
local new = 0
for i, answer in ipairs(answers) do
  if answer == 'N' then
    new = new + 1
    call('HSET', key, 'i', ARGV[6 + (i - 1) * ADDED])
  end
end
call('HSET', key, 'l', ARGV[3], 'n', ARGV[4])
call('HINCRBY', key, 'v', 1)
call('HINCRBY', key, 'f', new)
call('HINCRBY', key, 'k', #answers - new)
call('HINCRBY', key, 'm', ARGV[5])
write_counts()
return answers
