-- Another branch's step stands here when the branches meet.
PRAGMA user_version = 12;
