using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Station.Client;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Whatever an act fails with at the station, comes out of its client as the same exception: kind, place, problem and remedy.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class SameFaultTests
{
    private static readonly Exception[] Others =
    [
        new FlashFailedException("sync", "the chip does not answer", "Look at BOOT"),
        new FlashFailedException("image", "it is a picture", "Take firmware"),
        new OtaFailedException("The plug did not accept the update."),
        new OtaRefusedException("cat.jpg is a picture"),
        new LabRunner.Bench.Hosting.UsageException("That cannot be asked for. Ask for something else."),
        new FileProblemsException([new FileProblem(new SourcePlace("/plans/nightly.yaml", 3, 7), "'cycels' is no key", "Write 'cycles'"), new FileProblem(new SourcePlace("/plans/nightly.yaml", 9, 1), "no suite", "Add one")]),
    ];

    private TestStation _station;
    private StationClient _client;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
        _client = (await StationClient.FindAsync(_station.Options.Bench, "Anna", CancellationToken.None))!;
        Environment.SetEnvironmentVariable(StationClient.Variable, null);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _client.Dispose();
        await _station.DisposeAsync();
    }

    [Test]
    public async Task BenchFault_OfEveryKind_KeepsKindPlaceProblemAndRemedy([Values] FaultKind kind, CancellationToken cancellationToken)
    {
        BenchFaultException fault = new(kind, "slot p1, a place", "something is wrong: 5 V. And more", "Mend it (or not)");
        BenchFaultException? told = await FailAsync(fault, cancellationToken) as BenchFaultException;

        Assert.That((told?.Kind, told?.Place, told?.Problem, told?.Remedy, told?.Message), Is.EqualTo(((FaultKind?)kind, fault.Place, fault.Problem, fault.Remedy, fault.Message)));
    }

    [TestCaseSource(nameof(Others))]
    public async Task OtherFailure_IsOfTheSameTypeAndSaysTheSame(Exception failure)
    {
        Exception? told = await FailAsync(failure, TestContext.CurrentContext.CancellationToken);

        Assert.That((told?.GetType(), told?.Message), Is.EqualTo((failure.GetType(), failure.Message)));
        Assert.That((told as FlashFailedException)?.Stage, Is.EqualTo((failure as FlashFailedException)?.Stage));
        Assert.That((told as FileProblemsException)?.Problems, Is.EqualTo((failure as FileProblemsException)?.Problems));
    }

    private async Task<Exception?> FailAsync(Exception failure, CancellationToken cancellationToken)
    {
        _station.Opener.Plugs["p1"].OnFails = failure;
        try
        {
            await _client.PowerAsync("p1", "on", null, null, cancellationToken);
            return null;
        }
        catch (Exception told)
        {
            return told;
        }
    }
}
