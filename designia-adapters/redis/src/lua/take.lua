-- Takes one from a quota, by the generic cell rate algorithm. KEYS[1] the key; ARGV: now, how many at once, after how long each is
-- given back; whole microseconds. What is kept is when the whole quota will be back. Answers whether it was taken, how many more
-- there are, in how long one can be, and in how long all are back.
local now, burst, step = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function whole(number) return string.format('%.0f', number) end
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or ARGV[1]), now)
local after = full_at + step
local wait = after - now - step * burst
if wait > 0 then return { 0, 0, whole(wait), whole(full_at - now) } end
-- The server's own clock drops the key when it is of no more use; generously, since it may run faster than the caller's.
redis.call('SET', KEYS[1], whole(after), 'PX', whole(math.ceil((after - now) / 1000) + 60000))
return { 1, math.floor(-wait / step), '0', whole(after - now) }
