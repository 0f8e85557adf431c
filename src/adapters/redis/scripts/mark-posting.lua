-- KEYS: state. Never makes a hash of its own: after lost state there is nothing to mark.
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], 'posting', 1) end
return { 'done' }
