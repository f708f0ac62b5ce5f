-- What workers said of themselves since then. ARGV: then.
local texts = {}
for _, name in ipairs(call('ZRANGE', P .. 'beats', ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0, 10000)) do
  texts[#texts + 1] = call('HGET', P .. 'workers', name)
end
return texts
