using LabRunner.Bench.Api;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Session;

/// <summary>Slots that wait for each other.</summary>
[CancelAfter(60_000)]
public sealed class RendezvousTests
{
    private static readonly string[] Slots = ["p1", "p2", "p3"];
    private static readonly Gathering Begin = new(0, "begin");
    private static readonly Gathering Off = new(0, "access point off");
    private static readonly Gathering Moved = new(0, "channel");
    private static readonly Gathering Done = new(0, "done") { Closing = true };

    [Test]
    public async Task Arrive_NobodyGoesOnBeforeTheLast_AndAllGetOneMeeting(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        Task<Meeting> second = rendezvous.ArriveAsync("p2", Begin, token);
        Task<Meeting> first = rendezvous.ArriveAsync("p1", Begin, token);
        Assert.That(first.IsCompleted || second.IsCompleted, Is.False);

        Meeting last = await rendezvous.ArriveAsync("p3", Begin, token);

        Assert.That(last.Slots, Is.EqualTo(Slots));
        Assert.That(await Task.WhenAll(first, second), Is.All.SameAs(last));
    }

    [Test]
    public async Task Act_OfOneMeeting_IsDoneOnce(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        Meeting[] met = await Task.WhenAll(Slots.Select(slot => rendezvous.ArriveAsync(slot, Off, token)));
        int acts = 0;

        TimeSpan[] over = await Task.WhenAll(met.Select(meeting => meeting.ActAsync(() => Task.FromResult(TimeSpan.FromSeconds(++acts)))));

        Assert.That(over, Is.All.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Arrive_WhoseTestEndedEarly_WaitsUntilTheOthersAreWhereItIs(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        Task<Meeting> ahead = rendezvous.ArriveAsync("p1", Moved, token);
        Meeting[] rest = await Task.WhenAll(rendezvous.ArriveAsync("p2", Off, token), rendezvous.ArriveAsync("p3", Off, token));
        Assert.That(rest[0].Slots, Is.EqualTo(Slots[1..]));
        Assert.That(ahead.IsCompleted, Is.False);

        await Task.WhenAll(rendezvous.ArriveAsync("p2", Moved, token), rendezvous.ArriveAsync("p3", Moved, token));

        Assert.That((await ahead).Slots, Is.EqualTo(Slots));
    }

    [Test]
    public async Task Arrive_WhoIsDone_GoesOnOnlyWithTheLast(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        Task<Meeting>[] done = [rendezvous.ArriveAsync("p1", Done, token), rendezvous.ArriveAsync("p2", Done, token)];
        Assert.That((await rendezvous.ArriveAsync("p3", Off, token)).Slots, Is.EqualTo(Slots[2..]), "One that is not done goes on, though most are done.");
        Assert.That(done.Any(task => task.IsCompleted), Is.False);

        await rendezvous.ArriveAsync("p3", Done, token);

        Assert.That((await done[0]).Slots, Is.EqualTo(Slots));
    }

    [Test]
    public async Task Leave_OfTheOneThatIsWaitedFor_LetsTheOthersGoOn(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        Task<Meeting>[] here = [rendezvous.ArriveAsync("p1", Off, token), rendezvous.ArriveAsync("p2", Off, token)];

        rendezvous.Leave("p3");

        Assert.That((await Task.WhenAll(here))[0].Slots, Is.EqualTo(Slots[..2]));
    }

    [Test]
    public async Task Withdraw_OfOneThatComesAgain_KeepsTheOthersWaiting(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        _ = rendezvous.ArriveAsync("p1", Off, token);
        rendezvous.Withdraw("p1");
        Task<Meeting>[] here = [rendezvous.ArriveAsync("p2", Off, token), rendezvous.ArriveAsync("p3", Off, token)];
        Assert.That(here.Any(task => task.IsCompleted), Is.False);

        await rendezvous.ArriveAsync("p1", Off, token);

        Assert.That((await here[0]).Slots, Is.EqualTo(Slots));
    }

    [Test]
    public async Task Arrive_Cancelled_IsNotThere(CancellationToken token)
    {
        Rendezvous rendezvous = Of(Slots);
        using CancellationTokenSource tired = new();
        Task<Meeting> left = rendezvous.ArriveAsync("p1", Off, tired.Token);
        await tired.CancelAsync();
        Assert.That(async () => await left, Throws.InstanceOf<OperationCanceledException>());

        Task<Meeting> second = rendezvous.ArriveAsync("p2", Off, token);
        Task<Meeting> third = rendezvous.ArriveAsync("p3", Off, token);

        Assert.That(second.IsCompleted || third.IsCompleted, Is.False);
    }

    [Test]
    public async Task Arrive_Alone_WaitsForNobody(CancellationToken token) =>
        Assert.That((await Of(Slots).ArriveAsync("p2", new Gathering(null, "off"), token)).Slots, Is.EqualTo(Slots[1..2]));

    [Test]
    public void Arrive_OutsideANight_IsRefused(CancellationToken token) =>
        Assert.That(async () => await Of([]).ArriveAsync("p1", Off, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("./lab night"));

    private static Rendezvous Of(IEnumerable<string> present)
    {
        Rendezvous rendezvous = new(_ => Slots);
        foreach (string slot in present)
        {
            rendezvous.Expect(slot);
        }

        return rendezvous;
    }
}
