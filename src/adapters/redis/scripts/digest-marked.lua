-- KEYS: state. ARGV: rev. Names that came since are not marked.
if redis.call('HGET', KEYS[1], 'rev') == ARGV[1] then redis.call('HSET', KEYS[1], 'marked', 1) end
return { 'done' }
