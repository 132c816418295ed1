using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Access;
using LabRunner.Station.Operations;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>Copies of flash in the station's memory: whose they are, how long, and how many.</summary>
public sealed class FlashCopiesTests
{
    private static readonly Caller Anna = new("somebody on this machine", "Anna", Role.Switch, "loopback");

    private FakeTimeProvider _clock;
    private FlashCopies _copies;

    [SetUp]
    public void SetUp()
    {
        _clock = new FakeTimeProvider();
        _copies = new FlashCopies(_clock);
    }

    [TearDown]
    public void TearDown() => _copies.Dispose();

    [Test]
    public void Copy_IsWhoseItIs_AndOnce()
    {
        byte[] bytes = Put("one");
        CopyAnswer[] others =
        [
            _copies.Lend("one", Anna with { Owner = "Bob" }, out _), _copies.Lend("one", Anna with { Name = "pi" }, out _), _copies.Lend("two", Anna, out _),
        ];
        CopyAnswer first = _copies.Lend("one", Anna, out FlashCopies.Loan? loan);
        CopyAnswer meanwhile = _copies.Lend("one", Anna, out _);
        byte[] got = loan!.Bytes.ToArray();
        loan.Done();
        loan.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(others, Is.EqualTo(new[] { CopyAnswer.SomebodyElses, CopyAnswer.SomebodyElses, CopyAnswer.None }));
            Assert.That((first, meanwhile), Is.EqualTo((CopyAnswer.Lent, CopyAnswer.Busy)));
            Assert.That(got, Has.Length.EqualTo(100).And.All.EqualTo(7));
            Assert.That(bytes, Is.All.Zero, "what is forgotten is not in memory either");
            Assert.That(_copies.Lend("one", Anna, out _), Is.EqualTo(CopyAnswer.None));
        }
    }

    [Test]
    public void Copy_ThatDidNotArrive_WaitsAgain_AlsoForAnAdministrator()
    {
        Put("one");
        _copies.Lend("one", Anna, out FlashCopies.Loan? lost);
        lost!.Dispose();

        Assert.That(_copies.Lend("one", new Caller("chief", "chief", Role.Administer, "remote"), out _), Is.EqualTo(CopyAnswer.Lent));
    }

    [Test]
    public void Copy_IsForgottenAfterItsTime_AndNotWhileItIsHandedOut()
    {
        byte[] one = Put("one"), two = Put("two");
        _copies.Lend("two", Anna, out FlashCopies.Loan? slow);
        _clock.Advance(FlashCopies.KeptFor - TimeSpan.FromSeconds(1));
        bool before = one[0] == 7;
        _clock.Advance(TimeSpan.FromSeconds(1));
        bool handedOut = two[0] == 7;
        slow!.Dispose();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, handedOut), Is.EqualTo((true, true)));
            Assert.That(one.Concat(two), Is.All.Zero);
            Assert.That(_copies.Lend("two", Anna, out _), Is.EqualTo(CopyAnswer.None));
        }
    }

    [Test]
    public void Room_IsForAFewOfTheLargest_AndIsGivenBack()
    {
        FlashCopies.Room[] rooms = [.. Enumerable.Range(0, 4).Select(_ => _copies.Take(FlashReadWork.MostBytes))];
        BenchFaultException full = Assert.Throws<BenchFaultException>(() => _copies.Take(1))!;
        rooms[0].Keep("small", Anna, new byte[100]);
        rooms[0].Dispose();
        FlashCopies.Room next = _copies.Take(FlashReadWork.MostBytes - 100);
        BenchFaultException again = Assert.Throws<BenchFaultException>(() => _copies.Demand(1))!;
        _clock.Advance(FlashCopies.KeptFor);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((full.Kind, again.Kind), Is.EqualTo((FaultKind.Machine, FaultKind.Machine)));
            Assert.That(full.Message, Does.Contain("64 MiB").And.Contain("10 minutes"));
            Assert.That(() => _copies.Demand(100), Throws.Nothing);
            Assert.That(() => _copies.Demand(101), Throws.TypeOf<BenchFaultException>());
        }

        next.Dispose();
        Array.ForEach(rooms, room => room.Dispose());
        Assert.That(() => _copies.Demand(FlashCopies.MostBytes), Throws.Nothing);
    }

    private byte[] Put(string operation)
    {
        byte[] bytes = new byte[100];
        Array.Fill(bytes, (byte)7);
        using FlashCopies.Room room = _copies.Take(1000);
        room.Keep(operation, Anna, bytes);
        return bytes;
    }
}
