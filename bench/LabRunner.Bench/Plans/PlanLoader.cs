using System.ComponentModel.DataAnnotations;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Plans;

/// <summary>Reads plan files: checks them and names all problems at once.</summary>
public static class PlanLoader
{
    private const string SuitesKey = "suites";
    private const string SlotsKey = "slots";
    private const string RoleKey = "role";
    private const string TogetherKey = "together";

    /// <summary>Suites a plan may name, S01 to S18.</summary>
    public static IReadOnlyList<string> SuiteNames { get; } = [.. Enumerable.Range(1, 18).Select(n => $"S{n:00}")];

    /// <summary>Loads a plan.</summary>
    /// <param name="nameOrPath">Name of a plan in <paramref name="plansFolder"/>, or a path.</param>
    /// <param name="plansFolder">bench/plans.</param>
    /// <param name="slots">Slots of the bench the plan is for, so that <c>slots:</c> of a suite is checked; null: any.</param>
    /// <exception cref="FileProblemsException">The plan is missing or wrong: all problems at once.</exception>
    public static Plan Load(string nameOrPath, string plansFolder, IReadOnlyCollection<string>? slots = null)
    {
        ProblemList problems = new();
        string file = BenchFolders.Resolve(nameOrPath, plansFolder);
        string? text = YamlReader.ReadText(file, "plan", YamlReader.FileNames(plansFolder), problems);
        problems.ThrowIfAny();
        return LoadText(file, text ?? "", slots);
    }

    /// <summary>As <see cref="Load"/>, of a text that is already read; <paramref name="path"/> names it in problems.</summary>
    /// <exception cref="FileProblemsException">As <see cref="Load"/>.</exception>
    public static Plan LoadText(string path, string text, IReadOnlyCollection<string>? slots = null)
    {
        ProblemList problems = new();
        Plan? plan = YamlReader.Read(path, text, problems) is { } root ? ReadRoot(path, text, root, slots, problems) : null;
        problems.ThrowIfAny();
        return plan ?? throw new InvalidOperationException("A plan that cannot be read has a problem.");
    }

    /// <summary>
    /// The suites of a plan that can be read, whatever else is wrong with it, so that their parameters are checked in the same pass; what
    /// <see cref="Load"/> says of the rest is not said again.
    /// </summary>
    /// <returns>The plan with these suites and no other fact of its file; null where no suite can be read.</returns>
    public static Plan? LoadReadable(string nameOrPath, string plansFolder)
    {
        ProblemList problems = new();
        string file = BenchFolders.Resolve(nameOrPath, plansFolder);
        if (YamlReader.ReadText(file, "plan", YamlReader.FileNames(plansFolder), problems) is not { } text || YamlReader.Read(file, text, problems) is not { } root)
        {
            return null;
        }

        PlannedSuite[] suites = [.. Suites(root, null, [], problems).Where(s => SuiteNames.Contains(s.Suite))];
        return suites.Length == 0 ? null : new(file, text, Path.GetFileNameWithoutExtension(file), null, 1, TimeSpan.Zero, TimeSpan.Zero, new(), new(), new(), suites);
    }

    private static Plan ReadRoot(string path, string text, MapNode root, IReadOnlyCollection<string>? slots, ProblemList problems)
    {
        PlanText plan = OptionsBinder.Bind<PlanText>(root, "the plan", problems, SuitesKey);
        WatchPlan watch = plan.Watch ?? new();
        PlanLimits.Watch(watch, root, problems);
        GoalPlan goals = plan.Goals ?? new();
        PlanLimits.Goals(goals, root, problems);
        LeakPlan leak = plan.Leak ?? new();
        PlanLimits.Leak(leak, root, problems);
        if (plan.Rotation.GroupBy(role => role, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            problems.Add(root.PlaceOf("rotation"), $"role '{twice.Key}' stands in 'rotation' a second time", "Keep one of them");
        }

        List<PlannedSuite> suites = Suites(root, slots, plan.Rotation, problems);
        if (goals.Sequential && suites.TrueForAll(s => s.Suite != Reports.Records.SuiteNames.IdleSoak))
        {
            problems.Add(root.PlaceOf("goals"), $"'sequential' is over the idle soak, and {Reports.Records.SuiteNames.IdleSoak} is not in the plan", $"Add '- {Reports.Records.SuiteNames.IdleSoak}: {{ until: decision }}', or leave 'sequential' out");
        }

        foreach (string role in plan.Rotation.Where(role => suites.TrueForAll(suite => suite.Role != role)))
        {
            problems.Add(root.PlaceOf("rotation"), $"no suite has the role '{role}'", $"Write 'role: {role}' at the suites that it does, or leave it out");
        }

        return new(path, text, plan.Plan, plan.Description, plan.TimeScale, plan.Baseline, plan.TestLimit, watch, leak, goals, suites)
        {
            RelayBudget = plan.RelayBudget,
            Roles = plan.Rotation,
        };
    }

    private static List<PlannedSuite> Suites(MapNode root, IReadOnlyCollection<string>? slots, IReadOnlyList<string> roles, ProblemList problems)
    {
        List<PlannedSuite> suites = [];
        if (root.Find(SuitesKey) is not ListNode { Items.Count: > 0 } list)
        {
            problems.Add(root.PlaceOf(SuitesKey), "the plan has no suites", "Add a list: '- S17: { }'");
            return suites;
        }

        foreach (Node item in list.Items)
        {
            // A suite without parameters may stand as a bare word.
            MapEntry? entry = item switch
            {
                MapNode { Entries.Count: 1 } map => map.Entries[0],
                TextNode { IsNull: false } word => new(word, new MapNode(word.Place, [])),
                _ => null,
            };
            if (entry is null)
            {
                problems.Add(item.Place, $"a suite is {item.Kind}", "Write one suite an item: '- S01: { duration: 6m }'");
            }
            else if (Suite(entry, slots, roles, problems) is { } suite)
            {
                suites.Add(suite);
            }
        }

        return suites;
    }

    private static PlannedSuite? Suite(MapEntry entry, IReadOnlyCollection<string>? slots, IReadOnlyList<string> roles, ProblemList problems)
    {
        string name = entry.Key.Text;
        if (!SuiteNames.Contains(name))
        {
            problems.Unknown(entry.Key.Place, "suite", name, SuiteNames);
        }

        MapNode? map = entry.Value as MapNode ?? (entry.Value is TextNode { IsNull: true } none ? new MapNode(none.Place, []) : null);
        if (map is null)
        {
            problems.Add(entry.Value.Place, $"the parameters of {name} are {entry.Value.Kind}", "Write a mapping: { duration: 6m }");
            return null;
        }

        List<string> onSlots = [];
        Dictionary<string, string> parameters = [];
        Dictionary<string, SourcePlace> places = [];
        string? role = null;
        bool together = false;
        foreach (MapEntry parameter in map.Entries)
        {
            places[parameter.Key.Text] = parameter.Key.Place;
            if (parameter.Key.Text == SlotsKey)
            {
                onSlots = Slots(name, parameter.Value, slots, problems);
            }
            else if (parameter.Key.Text == RoleKey)
            {
                role = Role(name, parameter.Value, roles, problems);
            }
            else if (parameter.Key.Text == TogetherKey)
            {
                together = Together(name, parameter.Value, problems);
            }
            else if (parameter.Value is TextNode { IsNull: false } text)
            {
                parameters[parameter.Key.Text] = text.Text;
            }
            else
            {
                problems.Add(parameter.Value.Place, $"parameter '{parameter.Key.Text}' of {name} is {parameter.Value.Kind}", "Write a text; several values as \"10,30,60\"");
            }
        }

        if (role is not null && onSlots.Count > 0)
        {
            problems.Add(map.Place, $"{name} has both 'slots' and 'role'", "Keep one of them: a role is done by whoever's turn it is");
        }

        if (together && (role is not null || onSlots.Count > 0))
        {
            problems.Add(map.Place, $"{name} is done together, but not by all slots", "Leave 'slots' and 'role' out: nobody else may be under test meanwhile");
        }

        return new(name, onSlots, parameters, role, together) { Place = entry.Key.Place, ParameterPlaces = places };
    }

    private static bool Together(string suite, Node node, ProblemList problems)
    {
        if (node is TextNode { Text: "true" or "false" } word)
        {
            return word.Text == "true";
        }

        problems.Add(node.Place, $"'together' of {suite} is {(node is TextNode { IsNull: false } text ? $"'{text.Text}'" : node.Kind)}", "Write true or false");
        return false;
    }

    private static string? Role(string suite, Node node, IReadOnlyList<string> roles, ProblemList problems)
    {
        if (node is not TextNode { IsNull: false } role)
        {
            problems.Add(node.Place, $"'role' of {suite} is {node.Kind}", "Write one of the roles of 'rotation'");
            return null;
        }

        if (roles.Count == 0)
        {
            problems.Add(role.Place, $"{suite} has a role, but the plan has no 'rotation'", $"Write for example 'rotation: [{role.Text}]' at the top");
        }
        else if (!roles.Contains(role.Text))
        {
            problems.Unknown(role.Place, "role", role.Text, [.. roles]);
        }

        return role.Text;
    }

    private static List<string> Slots(string suite, Node node, IReadOnlyCollection<string>? known, ProblemList problems)
    {
        List<string> names = [];
        if (node is not ListNode { Items.Count: > 0 } list)
        {
            problems.Add(node.Place, $"'slots' of {suite} is {(node is ListNode ? "empty" : node.Kind)}", "Write a list: [p1, p2], or leave it out for all");
            return names;
        }

        foreach (Node item in list.Items)
        {
            if (item is not TextNode { IsNull: false } slot)
            {
                problems.Add(item.Place, $"a slot of {suite} is {item.Kind}", "Write the name of a slot");
            }
            else if (known is not null && !known.Contains(slot.Text))
            {
                problems.Unknown(slot.Place, "slot", slot.Text, known);
            }
            else if (names.Contains(slot.Text))
            {
                problems.Add(slot.Place, $"slot '{slot.Text}' of {suite} stands here a second time", "Keep one of them");
            }
            else
            {
                names.Add(slot.Text);
            }
        }

        return names;
    }

    private sealed record PlanText
    {
        public required string Plan { get; init; }

        public string? Description { get; init; }

        [Range(1.0, 1000.0)]
        public double TimeScale { get; init; } = 1;

        [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
        public TimeSpan Baseline { get; init; } = TimeSpan.FromMinutes(10);

        [Range(typeof(TimeSpan), "00:00:10", "30.00:00:00")]
        public TimeSpan TestLimit { get; init; } = TimeSpan.FromMinutes(15);

        [Range(1, 1_000_000)]
        public int RelayBudget { get; init; } = 500;

        public IReadOnlyList<string> Rotation { get; init; } = [];

        public WatchPlan? Watch { get; init; }

        public LeakPlan? Leak { get; init; }

        public GoalPlan? Goals { get; init; }
    }
}
