using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>A job beside a lease of a slot that it leaves out: it takes nothing out of its owner's hands, and waits for nobody who does nothing.</summary>
[CancelAfter(120_000)]
public sealed class LeasedBesideTests
{
    private TestStation _station;
    private HttpClient _anna, _bob;
    private JobBook _jobs;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        (_anna, _bob) = (_station.Client(owner: "Anna"), _station.Client(owner: "Bob"));
        _jobs = _station.Services.GetRequiredService<JobBook>();
        using HttpResponseMessage lease = await _anna.PostAsJsonAsync("leases", new { slots = new[] { "p2" }, minutes = 44640, purpose = "until March" });
        lease.EnsureSuccessStatusCode();
    }

    [TearDown]
    public async Task EndAsync()
    {
        _anna.Dispose();
        _bob.Dispose();
        await _station.DisposeAsync();
    }

    [Test]
    public async Task Slot_ThatIsOff_HoldsUpNoJobThatLeavesItOut_AndItsOwnerIsToldOfTheRun()
    {
        string job = await QueueAsync("p1");
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        using HttpResponseMessage refused = await _anna.PostAsJsonAsync("slots/p2/power", new { state = "on" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(await TestStation.DetailAsync(refused), Does.Contain($"the bench is Bob's for run {job} (plan check)"));
        }
    }

    [Test]
    public async Task Slot_OfTheJobItself_IsWaitedFor_AlsoWhereItIsOff()
    {
        string all = await QueueAsync(null), own = await QueueAsync("p2");
        await TestStation.UntilAsync(() => _jobs.Find(all)!.Text is not null && _jobs.Find(own)!.Text is not null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { all, own }.Select(j => _jobs.Find(j)!.Text), Is.All.Match(@"^It waits: Anna has p2 for 'until March' until \S+ \S+Z\.$"));
            Assert.That(_station.Opener.Begun, Is.Empty);
        }
    }

    [TestCase("power", "{\"state\":\"on\"}")]
    [TestCase("inject", "{\"watts\":60}")]
    public async Task Slot_ThatItsOwnerUses_HoldsUpEveryJob_UntilItIsOff(string act, string order)
    {
        using StringContent content = new(order, System.Text.Encoding.UTF8, "application/json");
        (await _anna.PostAsync(new Uri($"slots/p2/{act}", UriKind.Relative), content)).EnsureSuccessStatusCode();
        string job = await QueueAsync("p1");
        await TestStation.UntilAsync(() => _jobs.Find(job)!.Text is not null);
        string waits = _jobs.Find(job)!.Text!;
        (PowerState power, double hertz) = (_station.Opener.Plugs["p2"].State, _station.Opener.Pulses["p2"].Of(PulseChannel.Cf));
        using HttpResponseMessage off = act == "power" ? await _anna.PostAsJsonAsync("slots/p2/power", new { state = "off" }) : await _anna.DeleteAsync(new Uri("slots/p2/inject", UriKind.Relative));
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(waits, Does.StartWith("It waits: Anna has p2 for 'until March' until ").And.EndWith(", and uses it now; it may begin once that is off."));
            Assert.That((power == PowerState.On, hertz > 0), Is.EqualTo((act == "power", act == "inject")), "nothing was taken away");
            Assert.That(off.IsSuccessStatusCode, Is.True);
        }
    }

    private async Task<string> QueueAsync(string? slot) =>
        (await TestStation.JsonAsync(await _bob.PostAsJsonAsync("jobs", new { plan = "check", slots = slot is null ? null : new[] { slot } }))).GetProperty("id").GetString()!;
}
