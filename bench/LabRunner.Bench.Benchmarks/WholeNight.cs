using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabRunner.Bench.Simulation;
using LabRunner.Bench.Simulation.Tests;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Benchmarks;

/// <summary>
/// A whole night of 8 plugs and 12 hours on discrete-event time, with observers, classifier, ledger, ladder, journal and report in it: its
/// machine time against the night it plays, its parts against each other, and whether the same seed gives the same night.
/// </summary>
internal sealed class WholeNight : IFigure
{
    private const int Plugs = 8;

    private static readonly TimeSpan Night = TimeSpan.FromHours(12);

    /// <inheritdoc/>
    public string Word => "night";

    /// <inheritdoc/>
    public async Task MeasureAsync()
    {
        (TimeSpan watched, TimeSpan reported, long bytes, int incidents, string print) = await PlayAsync(seed: 1);
        (_, _, _, _, string again) = await PlayAsync(seed: 1);
        (_, _, _, _, string other) = await PlayAsync(seed: 2);
        TimeSpan whole = watched + reported;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A night of {Plugs} plugs and {Night.TotalHours:0} hours, four of them with a fault; {incidents} incidents, journal {bytes / 1e6:0.0} MB"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bench and virtual plugs      {watched.TotalSeconds,7:0.0} s   {watched / whole,6:0 %} of the whole"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"report of its run folder     {reported.TotalSeconds,7:0.0} s   {reported / whole,6:0 %} of the whole"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the whole                    {whole.TotalSeconds,7:0.0} s   {Night / whole,6:0} times as fast as the night; {whole.TotalSeconds / 30,0:0.00} of the 30 s it may take"));
        Console.WriteLine($"the same seed again: {(again == print ? "the same night" : "ANOTHER NIGHT")}; another seed: {(other == print ? "THE SAME NIGHT" : "another night")}");
    }

    private static async Task<(TimeSpan Watched, TimeSpan Reported, long Bytes, int Incidents, string Print)> PlayAsync(long seed)
    {
        string folder = Directory.CreateTempSubdirectory("whole-night-").FullName;
        try
        {
            long began = TimeProvider.System.GetTimestamp();
            SimulatedBench bench = await SimulatedBench.OpenAsync(new SimulationOptions
            {
                Plugs =
                [
                    SimulatedBench.PlugNamed("p1"), SimulatedBench.PlugNamed("p2"), SimulatedBench.PlugNamed("p3"), SimulatedBench.PlugNamed("p4"),
                    SimulatedBench.PlugNamed("p5", PlantedCase.Fault("F01")), SimulatedBench.PlugNamed("p6", PlantedCase.Fault("F03")),
                    SimulatedBench.PlugNamed("p7", PlantedCase.Fault("F17", ("bytesPerSecond", "2"))), SimulatedBench.PlugNamed("p8", PlantedCase.Fault("F04")),
                ],
                Sentinel = "p1", Radio = RadioQuality.Ordinary, Seed = seed, RunFolder = folder,
            });
            await using (bench)
            {
                bench.Run(Night);
                await bench.FinishAsync();
            }

            TimeSpan watched = TimeProvider.System.GetElapsedTime(began);
            began = TimeProvider.System.GetTimestamp();
            ReportRenderer.Render(folder);
            TimeSpan reported = TimeProvider.System.GetElapsedTime(began);
            RunRecord run = RunReader.Read(folder);
            return (watched, reported, new FileInfo(Path.Combine(folder, JournalSchema.FileName)).Length, run.Incidents.Count, Fingerprint(run));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // All that was seen and judged; paths and the machine's wall clock are not in these tables.
    private static string Fingerprint(RunRecord run)
    {
        StringBuilder text = new();
        foreach (object row in run.Observations.Cast<object>().Concat(run.Lanes).Concat(run.Boots).Concat(run.Telemetry))
        {
            text.Append(CultureInfo.InvariantCulture, $"{row}\n");
        }

        foreach (IncidentRecord i in run.Incidents)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i.Slot} {i.Class} {i.Mode} {i.FirstSymptom:R} {i.Confirmed:R} {i.Recovered:R} {i.Recovery} {i.Story}\n");
        }

        foreach (VerdictRecord v in run.Verdicts)
        {
            text.Append(CultureInfo.InvariantCulture, $"{v}\n");
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
