using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Lending;

public sealed class FarClockTests
{
    private const long Second = 1_000_000_000;

    [Test]
    public async Task Clock_IsTheOwnersToWithinHalfOfARoundTrip_WhateverTheMachinesClocksSay()
    {
        // The owner's machine was started an hour later than this one.
        string origin = $"20;{TimeProvider.System.GetTimestamp() - (3600 * Second)};638000000000000000";
        LabClock there = LabClock.Parse(origin, new ClockTie(-3600 * Second));
        Owner owner = new(there);
        await using FarClock far = await FarClock.OpenAsync(owner, origin, CancellationToken.None);
        long at = TimeProvider.System.GetTimestamp();
        TimeSpan apart = (far.Clock.At(at) - there.At(at)).Duration();

        Assert.That(apart, Is.LessThanOrEqualTo((owner.Told.Single() / 2 * 20) + TimeSpan.FromMicroseconds(10)), $"{owner.Asked} questions");
    }

    [TestCase(4, 10, false, TestName = "Reading_WithinHalfOfItsRoundTrip_ChangesNothing")]
    [TestCase(6, 10, true, TestName = "Reading_ThatTheClockCannotBeRightBy_IsGoneOverTo")]
    [TestCase(-6, 10, true, TestName = "Reading_OfAClockThatIsAhead_IsGoneOverTo")]
    public void Take(int milliseconds, int roundTrip, bool taken)
    {
        ClockTie tie = new(5 * Second);
        FarClock.Reading reading = new((5 * Second) + (milliseconds * 1_000_000), TimeSpan.FromMilliseconds(roundTrip));
        bool isTaken = FarClock.Take(tie, reading, 100 * Second);

        Assert.That((isTaken, tie.At(200 * Second)), Is.EqualTo((taken, taken ? reading.Correction : 5 * Second)));
    }

    private sealed class Owner(LabClock clock) : IFarBench
    {
        public int Asked { get; private set; }

        public List<TimeSpan> Told { get; } = [];

        public Task<TimeSpan> GetTimeAsync(CancellationToken cancellationToken)
        {
            Asked++;
            return Task.FromResult(clock.Elapsed);
        }

        public Task TellRoundTripAsync(TimeSpan roundTrip, CancellationToken cancellationToken)
        {
            Told.Add(roundTrip);
            return Task.CompletedTask;
        }

        public Task<byte[]> ReadFirmwareAsync(string key, long offset, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string> SendFileAsync(string? file, byte[] part, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
