-- Journal of one run. Times are REAL seconds of run time (LabClock.Elapsed) since the run's origin; meta.originUtc labels them.
-- JSON columns hold text written by System.Text.Json with camelCase names.
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS slots(
  name TEXT PRIMARY KEY, board TEXT NOT NULL, title TEXT NOT NULL, chip TEXT NOT NULL, sentinel INTEGER NOT NULL,
  capabilities TEXT NOT NULL, facts TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS identities(
  slot TEXT NOT NULL, phase TEXT NOT NULL, at REAL NOT NULL, facts TEXT NOT NULL, PRIMARY KEY(slot, phase)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS intents(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, opened REAL NOT NULL, closed REAL, suite TEXT, data TEXT);
CREATE TABLE IF NOT EXISTS observations(
  at REAL NOT NULL, slot TEXT NOT NULL, observer TEXT NOT NULL, alive INTEGER NOT NULL, latencyMs REAL, detail TEXT);
CREATE INDEX IF NOT EXISTS observations_at ON observations(at);
CREATE TABLE IF NOT EXISTS lanes(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, observer TEXT NOT NULL, started REAL NOT NULL, ended REAL, state TEXT NOT NULL, reason TEXT);
CREATE TABLE IF NOT EXISTS telemetry(
  at REAL NOT NULL, slot TEXT NOT NULL, uptimeS INTEGER, heapB INTEGER, rssiDbm INTEGER, socketsUsed INTEGER, voltage REAL, current REAL,
  power REAL, relayClosed INTEGER, PRIMARY KEY(at, slot)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events(
  id INTEGER PRIMARY KEY, at REAL NOT NULL, slot TEXT, kind TEXT NOT NULL, text TEXT NOT NULL, data TEXT);
CREATE TABLE IF NOT EXISTS boots(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, at REAL NOT NULL, reason TEXT NOT NULL, expected INTEGER NOT NULL, intent INTEGER,
  uptimeBeforeS REAL, resetReason TEXT, sources TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS incidents(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, class TEXT NOT NULL, mode TEXT, title TEXT NOT NULL, firstSymptom REAL NOT NULL,
  confirmed REAL, recovered REAL, recovery TEXT, bootAgeS REAL, intent INTEGER, expected INTEGER NOT NULL, source TEXT NOT NULL,
  stimulus TEXT, resetReason TEXT, story TEXT NOT NULL, evidence TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS trials(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, suite TEXT NOT NULL, step TEXT NOT NULL, at REAL NOT NULL, ok INTEGER NOT NULL,
  durationMs REAL NOT NULL, detail TEXT);
CREATE TABLE IF NOT EXISTS measurements(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, suite TEXT NOT NULL, name TEXT NOT NULL, at REAL NOT NULL, value REAL NOT NULL,
  unit TEXT NOT NULL, lower REAL, upper REAL, reference REAL, verdict TEXT NOT NULL, detail TEXT);
CREATE TABLE IF NOT EXISTS tests(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, suite TEXT NOT NULL, name TEXT NOT NULL, fullName TEXT NOT NULL, started REAL NOT NULL,
  ended REAL, verdict TEXT NOT NULL, message TEXT, trace TEXT);
CREATE TABLE IF NOT EXISTS exposure(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, suite TEXT NOT NULL, started REAL NOT NULL, ended REAL);
CREATE TABLE IF NOT EXISTS downtime(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, started REAL NOT NULL, ended REAL, invalid INTEGER NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS artefacts(
  id INTEGER PRIMARY KEY, slot TEXT NOT NULL, suite TEXT NOT NULL, test TEXT, at REAL NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL,
  path TEXT NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts(
  id INTEGER PRIMARY KEY, scope TEXT NOT NULL, rule TEXT NOT NULL, value REAL, unit TEXT, threshold REAL, lower REAL, upper REAL,
  confidence REAL, verdict TEXT NOT NULL, text TEXT NOT NULL);
