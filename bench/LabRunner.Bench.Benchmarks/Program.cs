using LabRunner.Bench.Benchmarks;

// Benchmarks of the bench: figures of this machine, and ratios that hold on others.
Dictionary<string, Func<Task>> all = new(StringComparer.Ordinal)
{
    ["observers"] = ObserverCost.RunAsync,
    ["latency"] = ClassLatency.RunAsync,
    ["journal"] = JournalRate.RunAsync,
};
string[] chosen = args.Length == 0 ? [.. all.Keys] : args;
if (chosen.FirstOrDefault(c => !all.ContainsKey(c)) is { } unknown)
{
    await Console.Error.WriteLineAsync($"There is no benchmark '{unknown}'. There are: {string.Join(", ", all.Keys)}.");
    return 64;
}

foreach (string name in chosen)
{
    await all[name]();
}

return 0;
