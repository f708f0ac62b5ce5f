-- Another branch's step stands here when the branches meet.
SELECT 1;
