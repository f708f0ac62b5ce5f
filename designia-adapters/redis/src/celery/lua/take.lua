-- Takes up to ARGV[1] messages off the lists KEYS[4..], the first list first, and puts each into kombu's hash of what is not
-- acknowledged, in one step: kombu itself does it in two, and a consumer that dies in between loses the message.
-- KEYS[1] the hash, KEYS[2] its index, KEYS[3] where messages go that can't even be held. ARGV[2] since when they are held,
-- ARGV[3] the queue. Answers tag, message, tag, message …; a message that can't be held has an empty tag.
local taken = {}
local limit = tonumber(ARGV[1]) * 2
for list = 4, #KEYS do
    while #taken < limit do
        local message = redis.call('RPOP', KEYS[list])
        if not message then
            break
        end
        local readable, read = pcall(cjson.decode, message)
        local properties = readable and type(read) == 'table' and read.properties
        local tag = type(properties) == 'table' and properties.delivery_tag
        if type(tag) == 'string' and tag ~= '' then
            local held = '[' .. message .. ',"",' .. cjson.encode(ARGV[3]) .. ']'
            redis.call('HSET', KEYS[1], tag, held)
            redis.call('ZADD', KEYS[2], ARGV[2], tag)
        else
            redis.call('LPUSH', KEYS[3], message)
            tag = ''
        end
        taken[#taken + 1] = tag
        taken[#taken + 1] = message
    end
end
return taken
