using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Bench.Plans;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Notify;
using LabRunner.Station.Builds;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;

namespace LabRunner.Station.Schedule;

/// <summary>Reads schedule files: checks them against bench and plans, and names all problems at once.</summary>
public static partial class ScheduleLoader
{
    private const string EntriesKey = "entries";
    private const string QuietKey = "quietHours";
    private const string BuildsKey = "builds";

    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private static readonly Dictionary<string, Type> Named = new() { [QuietKey] = typeof(QuietText), [EntriesKey] = typeof(EntryText), [BuildsKey] = typeof(BuildText) };

    /// <summary>Loads a schedule.</summary>
    /// <param name="file">Path.</param>
    /// <param name="inventory">The bench that it is for.</param>
    /// <param name="folders">Where plans are; paths in the file are relative to its home.</param>
    /// <exception cref="FileProblemsException">The file is missing or wrong: all problems at once.</exception>
    public static StationSchedule Load(string file, BenchInventory inventory, BenchFolders folders)
    {
        ProblemList problems = new();
        string? text = YamlReader.ReadText(file, "schedule", YamlReader.FileNames(folders.Schedules), problems);
        problems.ThrowIfAny();
        return LoadText(file, text ?? "", inventory, folders);
    }

    /// <summary>As <see cref="Load"/>, of a text that is already read; <paramref name="path"/> names it in problems.</summary>
    /// <exception cref="FileProblemsException">As <see cref="Load"/>.</exception>
    public static StationSchedule LoadText(string path, string text, BenchInventory inventory, BenchFolders folders)
    {
        ProblemList problems = new();
        StationSchedule? schedule = YamlReader.Read(path, text, problems) is { } root ? new Reading(path, root, inventory, folders, problems).Read() : null;
        problems.ThrowIfAny();
        return schedule ?? throw new InvalidOperationException("A schedule that cannot be read has a problem.");
    }

    /// <summary>JSON Schema (draft-07) of schedule files, for an editor.</summary>
    public static string Schema() => SchemaWriter.Write("LabRunner schedule", SchemaWriter.OfRecord(typeof(ScheduleText), Named));

    private sealed partial class Reading(string path, MapNode root, BenchInventory inventory, BenchFolders folders, ProblemList problems)
    {
        private TimeZoneInfo _zone = TimeZoneInfo.Utc;

        public StationSchedule Read()
        {
            ScheduleText top = OptionsBinder.Bind<ScheduleText>(root, "the schedule", problems, [.. Named.Keys]);
            if (top.Schedule is { } name && name != inventory.Name)
            {
                problems.Add(root.PlaceOf("schedule"), $"it is for bench '{name}', and this is '{inventory.Name}'", $"Write 'schedule: {inventory.Name}', or name another file");
            }

            _zone = Zone(root, top.TimeZone, TimeZoneInfo.Utc);
            StationSchedule schedule = new(path, _zone)
            {
                Quiet = [.. Each(QuietKey, "quiet hours", Quiet)],
                Entries = [.. Each(EntriesKey, "entry", Entry)],
                Builds = [.. Each(BuildsKey, "build watch", Builds)],
                Health = top.Health is { } health ? new HealthRule(health.Before, health.Fresh, health.Again, health.Limit) : null,
                Retention = Retention(top.Retention),
            };
            foreach (BuildWatch watch in schedule.Builds.Where(b => schedule.Entries.Any(e => e.Name == b.Name)))
            {
                problems.Add(root.PlaceOf(BuildsKey), $"'{watch.Name}' is an entry too, and runs are compared by that name", "Give one of them another name");
            }

            return schedule;
        }

        private RetentionRule? Retention(RetentionText? text)
        {
            if (text is { KeepFor: null, KeepGigabytes: null })
            {
                problems.Add(root.PlaceOf("retention"), "'retention' names neither an age nor a size", "Write 'keepFor: 60d' or 'keepGigabytes: 20', or leave it out");
            }

            return text is null ? null : new RetentionRule(text.KeepFor, text.KeepGigabytes is { } gigabytes ? (long)(gigabytes * 1e9) : null, text.KeepNewest, text.Every);
        }

        private IEnumerable<T> Each<T>(string key, string what, Func<string, string, MapNode, T?> read)
            where T : class
        {
            if (root.Find(key) is not { } node)
            {
                yield break;
            }

            if (node is not MapNode map)
            {
                problems.Add(node.Place, $"'{key}' is {node.Kind}", "Write a name for each: 'nightly: { … }'");
                yield break;
            }

            foreach (MapEntry entry in map.Entries)
            {
                if (entry.Value is not MapNode value)
                {
                    problems.Add(entry.Value.Place, $"{what} '{entry.Key.Text}' is {entry.Value.Kind}", "Write a mapping of keys and values");
                }
                else if (!entry.Key.Text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || entry.Key.Text.Length is 0 or > 40)
                {
                    problems.Add(entry.Key.Place, $"'{entry.Key.Text}' is no name", "Use up to 40 letters, digits, - and _");
                }
                else if (read(entry.Key.Text, $"{what} '{entry.Key.Text}'", value) is { } made)
                {
                    yield return made;
                }
            }
        }

        private QuietHours? Quiet(string name, string what, MapNode map)
        {
            QuietText text = OptionsBinder.Bind<QuietText>(map, what, problems);
            foreach (string unknown in text.Days.Where(d => !Days.Contains(d)))
            {
                problems.Unknown(map.PlaceOf("days"), "day", unknown, Days);
            }

            string days = text.Days.Count == 0 ? "*" : string.Join(',', text.Days.Select(d => Math.Max(0, Array.IndexOf(Days, d))));
            CronLine? from = Daily(map, "from", text.From, days), to = Daily(map, "to", text.To, "*");
            return from is null || to is null ? null
                : new QuietHours(name, from, to, $"{text.From} to {text.To}{(text.Days.Count == 0 ? "" : " from " + string.Join(", ", text.Days))}");
        }

        private CronLine? Daily(MapNode map, string key, string? text, string days)
        {
            if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time))
            {
                return CronLine.Parse(string.Create(CultureInfo.InvariantCulture, $"{time.Minute} {time.Hour} * * {days}"), _zone);
            }

            if (text is not null)
            {
                problems.Add(map.PlaceOf(key), $"'{key}' is '{text}', which is no time of day", "Write hour:minute with two digits each: 06:30");
            }

            return null;
        }

        private ScheduleEntry? Entry(string name, string what, MapNode map)
        {
            EntryText text = OptionsBinder.Bind<EntryText>(map, what, problems);
            CheckPlan(map, text);
            string? notify = Notify(map, text.Notify);
            TimeZoneInfo zone = Zone(map, text.TimeZone, _zone);
            if (text.Cron is null)
            {
                return null;
            }

            if (CronLine.Parse(text.Cron, zone) is not { } cron)
            {
                problems.Add(map.PlaceOf("cron"), $"'{text.Cron}' is no time that comes again", "Write minute hour day month weekday: '0 20 * * 1-5' is 20:00 from Monday to Friday");
                return null;
            }

            if (cron.Next(DateTimeOffset.UnixEpoch) is null)
            {
                problems.Add(map.PlaceOf("cron"), $"'{text.Cron}' never comes", "Name a day that the month has");
            }

            return new ScheduleEntry(name, cron, text.Plan ?? "")
            {
                Slots = text.Slots, Needs = text.Needs, Priority = text.Priority, TimeScale = text.TimeScale, CatchUp = text.CatchUp, Quiet = text.Quiet, Why = text.Why, Notify = notify,
            };
        }

        /// <summary>What would be refused at three in the morning is refused now.</summary>
        private void CheckPlan(MapNode map, RunText text)
        {
            foreach (string unknown in text.Slots.Where(s => inventory.Slots.All(slot => slot.Name != s)))
            {
                problems.Unknown(map.PlaceOf("slots"), "slot", unknown, [.. inventory.Slots.Select(s => s.Name)]);
            }

            if (text.Needs.Count > 0 && JobOrder.Fitting(inventory, text.Slots, text.Needs).Count == 0)
            {
                string[] known = [.. inventory.Slots.SelectMany(JobOrder.Labels).Distinct()];
                problems.Add(map.PlaceOf("needs"), $"no slot has all of {string.Join(", ", text.Needs)}", $"Labels of this bench are {string.Join(", ", known)}");
            }

            IReadOnlyList<string> plans = YamlReader.FileNames(folders.Plans);
            if (text.Plan is not { } plan)
            {
                return;
            }

            if (!plans.Contains(plan))
            {
                problems.Unknown(map.PlaceOf("plan"), "plan", plan, plans);
                return;
            }

            try
            {
                PlanLoader.Load(plan, folders.Plans, [.. inventory.Slots.Select(s => s.Name)]);
            }
            catch (FileProblemsException wrong)
            {
                problems.Add(map.PlaceOf("plan"), $"plan '{plan}' cannot be used on bench '{inventory.Name}' ({wrong.Problems.Count} problems)", $"See ./lab plan check {plan} --bench {inventory.Name}");
            }
        }

        private string? Notify(MapNode map, string? file)
        {
            if (file is null)
            {
                return null;
            }

            string path = Path.GetFullPath(file, folders.Home);
            try
            {
                NotifyFile.Load(path);
            }
            catch (BenchFaultException wrong)
            {
                problems.Add(map.PlaceOf("notify"), $"'{file}' cannot be used: {wrong.Message.TrimEnd('.')}", $"See ./lab notify RUN --show --file {file}");
            }

            return path;
        }

        private TimeZoneInfo Zone(MapNode map, string? id, TimeZoneInfo usual)
        {
            if (id is null)
            {
                return usual;
            }

            if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone))
            {
                return zone;
            }

            problems.Unknown(map.PlaceOf("timeZone"), "time zone", id, [.. TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id)]);
            return usual;
        }
    }
}
