using LabRunner.Station.Client;
using LabRunner.Station.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests.Support;

/// <summary>Tests on the virtual bench: one station for all of a class, and two people at it.</summary>
[CancelAfter(300_000)]
[NonParallelizable]
public abstract class VirtualStationFixture
{
    internal VirtualStation Station { get; private set; } = null!;

    internal HttpClient Anna { get; private set; } = null!;

    internal HttpClient Bob { get; private set; } = null!;

    internal OperationDesk Desk => Station.Services.GetRequiredService<OperationDesk>();

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Station = await VirtualStation.StartAsync();
        Anna = Station.Client("Anna");
        Bob = Station.Client("Bob");
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        Anna?.Dispose();
        Bob?.Dispose();
        await (Station?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Anna's programs, which come over the station's socket.</summary>
    internal async Task<StationClient> ProgramAsync(CancellationToken cancellationToken)
    {
        Environment.SetEnvironmentVariable(StationClient.Variable, Station.Options.Socket);
        try
        {
            return (await StationClient.FindAsync("virtual", "Anna", cancellationToken))!;
        }
        finally
        {
            Environment.SetEnvironmentVariable(StationClient.Variable, null);
        }
    }
}
