using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Images;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>A network that takes the station's answer away after the station has acted: the client asks again, and it is done once.</summary>
[CancelAfter(120_000)]
public sealed class LostAnswerTests
{
    private TestStation _station;
    private JobBook _jobs;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        _jobs = _station.Services.GetRequiredService<JobBook>();
    }

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Job_WhoseAnswerIsLost_IsInTheQueueOnce_AndIsTheOneThatIsTold(CancellationToken cancellationToken)
    {
        using LossyNetwork network = new(lost: 1);
        using StationClient client = StationClient.Over(network, _station.Address);
        JobView job = await client.AddJobAsync(new JobRequest("check"), cancellationToken);
        JobView another = await client.AddJobAsync(new JobRequest("check"), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_jobs.All().Select(j => j.Id), Is.EquivalentTo(new[] { job.Id, another.Id }));
            Assert.That(network.Keys, Has.Count.EqualTo(3));
            Assert.That(network.Keys[1], Is.EqualTo(network.Keys[0]).And.Not.Null);
            Assert.That(network.Keys[2], Is.Not.EqualTo(network.Keys[0]).And.Not.Null);
        }
    }

    [Test]
    public async Task FileAndItsEnd_WhoseAnswersAreLost_AreDoneOnce(CancellationToken cancellationToken)
    {
        using LossyNetwork sending = new(lost: 1), stopping = new(lost: 1);
        using StationClient sender = StationClient.Over(sending, _station.Address), stopper = StationClient.Over(stopping, _station.Address);
        byte[] file = [1, 2, 3];
        ImageView image = await sender.UploadAsync(file, "odd.bin", cancellationToken);
        JobView job = await sender.AddJobAsync(new JobRequest("check"), cancellationToken);
        JobView stopped = await stopper.StopJobAsync(job.Id, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(image.Sha256, Is.EqualTo(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))));
            Assert.That(stopped.Id, Is.EqualTo(job.Id));
            Assert.That(_station.Services.GetRequiredService<Access.AuditLog>().Newest(100).Select(a => a.Action.Split(' ')[0]), Is.EqualTo(new[] { "DELETE", "POST", "POST" }));
        }
    }

    [Test]
    public async Task Refusal_IsAnAnswer_AndNothingIsAskedTwice(CancellationToken cancellationToken)
    {
        using LossyNetwork network = new(lost: 0);
        using StationClient client = StationClient.Over(network, _station.Address);
        await Assert.ThatAsync(() => client.AddJobAsync(new JobRequest("../check"), cancellationToken), Throws.TypeOf<UsageException>());

        Assert.That(network.Keys, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Network_ThatIsGone_IsTheFaultAfterTheSecondTry_AndALookIsNotRepeated(CancellationToken cancellationToken)
    {
        using LossyNetwork network = new(lost: int.MaxValue);
        using StationClient client = StationClient.Over(network, _station.Address);
        await Assert.ThatAsync(() => client.AddJobAsync(new JobRequest("check"), cancellationToken), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Network));
        await Assert.ThatAsync(() => client.JobsAsync(cancellationToken), Throws.TypeOf<BenchFaultException>());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Keys.Select(k => k is not null), Is.EqualTo(new[] { true, true, false }));
            Assert.That(_jobs.All(), Has.Count.EqualTo(1));
        }
    }

    /// <summary>Carries every request, and loses the first answers.</summary>
    private sealed class LossyNetwork(int lost) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _lost = lost;

        /// <summary>Idempotency keys of the requests in their order; null: one had none.</summary>
        public List<string?> Keys { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Keys.Add(request.Headers.TryGetValues(ActionLog.KeyHeader, out IEnumerable<string>? keys) ? keys.Single() : null);
            HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
            if (_lost-- <= 0)
            {
                return answer;
            }

            await answer.Content.LoadIntoBufferAsync(cancellationToken);
            answer.Dispose();
            throw new HttpRequestException("The connection was cut.");
        }
    }
}
