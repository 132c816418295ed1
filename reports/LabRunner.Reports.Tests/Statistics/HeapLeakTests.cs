using LabRunner.Hardware.Time;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

public sealed class HeapLeakTests
{
    private const int PerHour = 60;
    private static readonly HeapLeakRule Rule = new();

    [Test]
    public void Judge_LeakFreeSamplesThatHangTogether_CryWolfAsSeldomAsPublished()
    {
        // AR(1) with 0.8 a minute: Mann-Kendall at 5 % on the samples themselves is wrong in about half of the nights.
        Chance chance = new(11, "ar");
        int bySamples = 0;
        int byRule = 0;
        for (int night = 0; night < 150; night++)
        {
            List<(double At, double Free)> samples = Wander(chance, hours: 12, lossPerHour: 0);
            bySamples += MannKendall.Test([.. samples.Take(144).Select(s => s.Free)]).P < 0.05 ? 1 : 0;
            byRule += Of(samples) is { Leaks: true } or { MayLeak: true } ? 1 : 0;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bySamples / 150.0, Is.GreaterThan(0.3));
            Assert.That(byRule / 150.0, Is.LessThan(0.02));
        }
    }

    [Test]
    public void Judge_LeakOf200BytesAnHour_IsSeenInNearlyEveryNight_AndProvedByAKnownGoodVersion()
    {
        Chance chance = new(12, "leak");
        List<List<(double At, double Free)>> nights = [.. Enumerable.Range(0, 60).Select(_ => Wander(chance, hours: 12, lossPerHour: 200))];
        Interval good = new(-20, 20, 0.95);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(nights.Count(n => Of(n).MayLeak), Is.GreaterThan(55));
            Assert.That(nights.Count(n => HeapLeak.Judge([Blocks(n)], Rule, good).Leaks), Is.GreaterThan(55));
        }
    }

    /// <summary>A boot frees what leaked; a wave goes on where it was.</summary>
    [Test]
    public void Judge_BootsThatGiveBack_TellALeakFromAWave()
    {
        static IReadOnlyList<IReadOnlyList<HeapBlock>> Cut(List<(double At, double Free)> samples, bool freed) =>
        [
            .. Enumerable.Range(0, 3).Select(boot => HeapLeak.Cut(
                samples.Select(s => (s.At, s.Free + (freed ? 200 * 4 * boot : 0))), boot * 4 * 3600, (boot + 1) * 4 * 3600, Rule)),
        ];
        HeapLeak leak = HeapLeak.Judge(Cut(Wander(new Chance(16, "boots"), hours: 12, lossPerHour: 200), freed: true), Rule with { MinDropBytes = 500 });
        HeapLeak wave = HeapLeak.Judge(Cut(Wave(new Chance(17, "boots"), 0), freed: false), Rule with { MinDropBytes = 500 });
        using (Assert.EnterMultipleScope())
        {
            Assert.That((leak.Leaks, leak.MayLeak), Is.EqualTo((true, false)), leak.Why);
            Assert.That(leak.Why, Does.Contain("the boots give back"));
            Assert.That((wave.Leaks, wave.MayLeak), Is.EqualTo((false, true)), wave.Why);
        }
    }

    /// <summary>A flood that empties the heap in one spell's first block hides nothing of what all the others lost and got back.</summary>
    [Test]
    public void Judge_OneSpellThatBeginsInAFlood_ChangesNothing([Values(0, 7)] int flooded)
    {
        IReadOnlyList<IReadOnlyList<HeapBlock>> spells =
        [
            .. Enumerable.Range(0, 12).Select(boot => (IReadOnlyList<HeapBlock>)[.. Enumerable.Range(0, 8).Select(block =>
            {
                double free = boot == flooded && block == 0 ? 52_000 : 100_000 - (500 * block);
                return new HeapBlock(((boot * 8) + block) / 6.0, free, free);
            })]),
        ];
        HeapLeak leak = HeapLeak.Judge(spells, Rule);
        Assert.That((leak.Leaks, leak.MayLeak), Is.EqualTo((true, false)), leak.Why);
    }

    /// <summary>What a boot begins with hangs on what is asked of it: some give back more than was lost and some less, and all together as much.</summary>
    [Test]
    public void Judge_BootsThatGiveBackUnevenly_AreJudgedTogether()
    {
        int[] begins = [1000, 984, 976, 983, 997, 976, 975, 1002, 973];
        IReadOnlyList<IReadOnlyList<HeapBlock>> spells =
        [
            .. begins.Select((begin, boot) => (IReadOnlyList<HeapBlock>)[.. Enumerable.Range(0, 7).Select(block =>
            {
                double free = (begin * 100) - (180 * block);
                return new HeapBlock(((boot * 8) + block) / 6.0, free, free);
            })]),
        ];
        HeapLeak leak = HeapLeak.Judge(spells, Rule);
        Assert.That((leak.Leaks, leak.MayLeak), Is.EqualTo((true, false)), leak.Why);
    }

    [Test]
    public void Judge_HalfADailyWave_IsRuledOutByTheKnownGoodVersion()
    {
        // No leak: hours 4 to 16 of a wave of 3 kB, on the candidate and on the version known to be good.
        HeapLeak alone = Of(Wave(new Chance(13, "wave"), 0));
        HeapLeak good = Of(Wave(new Chance(14, "wave"), 0));
        HeapLeak beside = HeapLeak.Judge([Blocks(Wave(new Chance(13, "wave"), 0))], Rule, good.Slope);
        HeapLeak leaking = HeapLeak.Judge([Blocks(Wave(new Chance(15, "wave"), 600))], Rule, good.Slope);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((alone.Leaks, alone.MayLeak), Is.EqualTo((false, true)), "one night alone cannot tell");
            Assert.That(alone.Why, Does.Contain("daily wave"));
            Assert.That((beside.Leaks, beside.Steeper), Is.EqualTo((false, (bool?)false)));
            Assert.That((leaking.Leaks, leaking.Steeper), Is.EqualTo((true, (bool?)true)));
        }
    }

    /// <summary>One cycle and a bit: the ends of the wave outweigh its middle, and every pair of points says that it falls.</summary>
    [Test]
    public void Judge_OneCycleOfAWaveWithoutNoise_IsNoProofOfALeak()
    {
        IReadOnlyList<HeapBlock> blocks = [.. Enumerable.Range(0, 148).Select(i => 0.25 + (i / 6.0)).Select(t => new HeapBlock(t, Daily(t), Daily(t)))];
        HeapLeak leak = HeapLeak.Judge([blocks], Rule);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(leak.LongestHours, Is.GreaterThan(24));
            Assert.That((leak.Leaks, leak.MayLeak), Is.EqualTo((false, true)), leak.Why);
            Assert.That(leak.Why, Does.Contain("less than 48 h at a time"));
        }
    }

    /// <summary>A wave is no leak whenever a boot begins; the same wave with a leak under it is one as soon as its days can be compared.</summary>
    [Test]
    public void Judge_WavesOfADayAndMore_AreNoLeakAtAnyPhase([Values(25, 31, 46, 49, 72)] int hours)
    {
        Chance chance = new(18, "phases");
        using (Assert.EnterMultipleScope())
        {
            for (int phase = 0; phase < 24; phase += 3)
            {
                HeapLeak wave = Of(Samples(hours, phase, lossPerHour: 0, chance));
                HeapLeak leak = Of(Samples(hours, phase, lossPerHour: 200, chance));
                Assert.That(wave.Leaks, Is.False, $"{hours} h from hour {phase}: {wave.Why}");
                Assert.That(leak.Leaks, Is.EqualTo(hours > 48), $"a leak, {hours} h from hour {phase}: {leak.Why}");
            }
        }

        static List<(double At, double Free)> Samples(int hours, double phase, double lossPerHour, Chance chance) =>
            [.. Enumerable.Range(0, hours * PerHour).Select(i => (i * 60.0, Daily(phase + (i / 60.0)) - (lossPerHour * i / PerHour) + chance.Between(-40, 40)))];
    }

    /// <summary>Boots at the same hour of each day: each begins where the one before began, as if it had given something back.</summary>
    [Test]
    public void Judge_WaveInBootsOfADayEach_GivesNothingBack()
    {
        Chance chance = new(19, "daily boots");
        using (Assert.EnterMultipleScope())
        {
            for (int phase = 0; phase < 24; phase += 2)
            {
                List<(double At, double Free)> samples = [.. Enumerable.Range(0, 8 * 24 * PerHour).Select(i => (i * 60.0, Daily(phase + (i / 60.0)) + chance.Between(-40, 40)))];
                HeapLeak wave = HeapLeak.Judge([.. Enumerable.Range(0, 8).Select(day => HeapLeak.Cut(samples, day * 86400, (day + 1) * 86400, Rule))], Rule);
                Assert.That(wave.Leaks, Is.False, $"from hour {phase}: {wave.Why}");
            }
        }
    }

    /// <summary>A leak beside a wave that is not seen for two days is told by the version without it, at any phase.</summary>
    [Test]
    public void Judge_ThirtyHoursOfALeak_AreProvedByAKnownGoodVersion()
    {
        List<(double At, double Free)> samples = Line(hours: 30, lossPerHour: 200);
        HeapLeak alone = Of(samples);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((alone.Leaks, alone.MayLeak), Is.EqualTo((false, true)), alone.Why);
            Assert.That(HeapLeak.Judge([Blocks(samples)], Rule, new Interval(-20, 20, 0.95)).Leaks);
        }
    }

    [Test]
    public void Judge_SlopeOrDropTooSmallToMatter_IsNone()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of(Line(hours: 60, lossPerHour: 20)).Why, Does.Contain("less than the 32 B/h"));
            Assert.That(Of(Line(hours: 4, lossPerHour: 100)).Why, Does.Contain("less than the 1024 B"));
            Assert.That(Of(Line(hours: 12, lossPerHour: 100)).MayLeak);
        }
    }

    [Test]
    public void Judge_NothingOrTooLittle_SaysSo()
    {
        HeapLeak none = HeapLeak.Judge([], Rule);
        HeapLeak one = HeapLeak.Judge([[new HeapBlock(1, 5, 5)]], Rule);
        HeapLeak flat = Of(Line(hours: 12, lossPerHour: 0));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((none.Leaks, none.Slope, none.FloorBytes, none.HoursLeft), Is.EqualTo((false, (Interval?)null, (double?)null, (double?)null)));
            Assert.That((one.Leaks, one.Blocks), Is.EqualTo((false, 0)));
            Assert.That((flat.Leaks, flat.HoursLeft), Is.EqualTo((false, (double?)null)));
            Assert.That(flat.Why, Does.Contain("include 0"));
        }
    }

    [Test]
    public void Cut_TheBeginningAndRaggedEnds_AreLeftOut()
    {
        IReadOnlyList<HeapBlock> blocks = HeapLeak.Cut([.. Line(1, 0), (3599, 1)], 0, 3603, Rule);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(blocks, Has.Count.EqualTo(5), "six blocks of ten minutes without the first");
            Assert.That(blocks[0].Hours, Is.EqualTo(0.25).Within(1e-9));
            Assert.That((blocks[4].Floor, blocks[4].Median), Is.EqualTo((1.0, 100_000.0)), "the floor sees the dip, the median does not");
        }
    }

    private static HeapLeak Of(List<(double At, double Free)> samples) => HeapLeak.Judge([Blocks(samples)], Rule);

    private static IReadOnlyList<HeapBlock> Blocks(List<(double At, double Free)> samples) => HeapLeak.Cut(samples, 0, double.PositiveInfinity, Rule);

    private static List<(double At, double Free)> Line(int hours, double lossPerHour) =>
        [.. Enumerable.Range(0, hours * PerHour).Select(i => (i * 60.0, 100_000 - (lossPerHour * i / PerHour)))];

    private static List<(double At, double Free)> Wave(Chance chance, double lossPerHour) =>
        [.. Enumerable.Range(0, 12 * PerHour).Select(i => (i * 60.0, 100_000 - (lossPerHour * i / PerHour) + (3000 * Math.Sin(2 * Math.PI * (4 + (i / 60.0)) / 24)) + chance.Between(-40, 40)))];

    private static double Daily(double hour) => 100_000 + (3000 * Math.Sin(2 * Math.PI * hour / 24));

    private static List<(double At, double Free)> Wander(Chance chance, int hours, double lossPerHour)
    {
        double off = 0;
        List<(double, double)> samples = [];
        for (int i = 0; i < hours * PerHour; i++)
        {
            off = (0.8 * off) + chance.Between(-120, 120);
            samples.Add((i * 60.0, 100_000 + off - (lossPerHour * i / PerHour)));
        }

        return samples;
    }
}
