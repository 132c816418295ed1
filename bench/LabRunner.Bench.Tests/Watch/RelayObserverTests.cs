using LabRunner.Bench.Watch;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RelayObserverTests
{
    private readonly ScriptedSlot _slot = new();
    private Contact _contact;
    private RelayObserver _observer;

    [SetUp]
    public void SetUp()
    {
        _contact = new Contact();
        _observer = new RelayObserver(_slot, _contact);
    }

    [TearDown]
    public async Task TearDown() => await _contact.DisposeAsync();

    [Test]
    public void Edges_AreNotedAtTheirOwnTimeAndClosingsCounted()
    {
        _contact.Move(10, true);
        _contact.Move(10.0234, false);
        _contact.Move(12, true);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_slot.Notes, Is.EqualTo(new[] { (10.0, "relay", "contact closed"), (10.0234, "relay", "contact opened"), (12.0, "relay", "contact closed") }));
            Assert.That((_observer.Operations, _observer.Closed, _observer.MovedAt), Is.EqualTo((2, (bool?)true, (TimeSpan?)S(12))));
            Assert.That(_observer.Since(S(10.01)).Select(edge => edge.At), Is.EqualTo(new[] { S(10.0234), S(12) }));
        }
    }

    [Test]
    public void LostEdges_AreSaidBeforeTheEdgeThatToldOfThem()
    {
        _contact.Move(10, true, lost: 7);
        Assert.That(_slot.Notes, Is.EqualTo(new[] { (10.0, "relay", "7 edges lost: what the contact did before this moment is unknown"), (10.0, "relay", "contact closed") }));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Contact : IRelaySense
    {
        public event Action<ContactEdge>? Edge;

        public TimeSpan Resolution => TimeSpan.Zero;

        public void Move(double at, bool closed, uint lost = 0) => Edge?.Invoke(new ContactEdge(S(at), closed, lost));

        public Task<bool> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(false);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
