-- Forgets a schedule. ARGV: name. Answers whether there was one.
call('ZREM', P .. 'schedules', ARGV[1])
return call('DEL', P .. 'schedule:' .. ARGV[1])
