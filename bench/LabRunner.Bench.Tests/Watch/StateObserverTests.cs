using LabRunner.Bench.Watch;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Tests.Watch;

public sealed class StateObserverTests
{
    private readonly ScriptedSlot _slot = new();
    private Contact _contact;
    private StateObserver _state;

    [SetUp]
    public void SetUp()
    {
        _contact = new Contact();
        _state = new StateObserver(_slot, new RelayObserver(_slot, _contact), null);
        _contact.Move(S(100), closed: true);
    }

    [TearDown]
    public async Task TearDown() => await _contact.DisposeAsync();

    [Test]
    public void Reported_TwiceAgainstTheContact_IsALie()
    {
        _state.Reported(S(110), S(110), on: false, "mqtt");
        ObserverState once = _state.State;
        _state.Reported(S(112), S(112), on: false, "mqtt");

        Assert.That((once, _state.State, _state.View.SymptomSince), Is.EqualTo((ObserverState.Unknown, ObserverState.Dead, (TimeSpan?)S(110))));
    }

    [Test]
    public void Reported_WhileTheContactSettles_ProvesNothing()
    {
        _state.Reported(S(100.5), S(100.6), on: false, "page");
        _state.Reported(S(101.9), S(101.9), on: false, "page");

        Assert.That((_state.State, _state.WantsAnother), Is.EqualTo((ObserverState.Unknown, false)));
    }

    [Test]
    public void Reported_TruthInBetween_IsNoLie()
    {
        _state.Reported(S(110), S(110), on: false, "mqtt");
        _state.Reported(S(111), S(111), on: true, "mqtt");
        _state.Reported(S(113), S(113), on: false, "mqtt");

        Assert.That(_state.State, Is.EqualTo(ObserverState.Alive));
    }

    [Test]
    public void Reported_LieOfThePageThatMqttDoesNotShare_IsThePagesAlone()
    {
        _state.Reported(S(110), S(110), on: false, StateObserver.Page);
        _state.Reported(S(111), S(111), on: true, "mqtt");
        _state.Reported(S(113), S(113), on: false, StateObserver.Page);
        ObserverState lying = _state.State;
        bool page = _state.OnlyPageLies;
        _state.Reported(S(115), S(115), on: true, StateObserver.Page);

        Assert.That((lying, page, _state.State), Is.EqualTo((ObserverState.Dead, true, ObserverState.Alive)));
    }

    [Test]
    public void Reported_TwiceAheadOfTheEdge_IsARaceAndNoLie()
    {
        // The message is there before the edge that it tells of, both times.
        _state.Reported(S(110), S(110), on: false, "mqtt");
        _contact.Move(S(109.98), closed: false);
        _state.Reported(S(117), S(117), on: true, "mqtt");
        _contact.Move(S(116.98), closed: true);

        Assert.That((_state.State, _state.WantsAnother), Is.EqualTo((ObserverState.Unknown, false)));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Contact : IRelaySense
    {
        public event Action<ContactEdge>? Edge;

        public TimeSpan Resolution => TimeSpan.Zero;

        public void Move(TimeSpan at, bool closed) => Edge?.Invoke(new ContactEdge(at, closed));

        public Task<bool> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(false);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
