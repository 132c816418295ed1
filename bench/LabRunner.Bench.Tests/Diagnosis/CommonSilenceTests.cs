using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class CommonSilenceTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(30);

    [Test]
    public void Find_AllWithinTheWindow_IsTheNetworkOfAllButNotTheirConsoles() =>
        Assert.That(CommonSilence.Find([Slot(100), Slot(110), Slot(129)], Window), Is.EquivalentTo(new[] { "P", "T", "Hs", "Hl", "M" }));

    [Test]
    public void Find_ConsolesToo_AreInCommon() => Assert.That(CommonSilence.Find([Slot(100, 101), Slot(110, 111)], Window), Does.Contain("U"));

    [Test]
    public void Find_OneAnswers_IsNothing() => Assert.That(CommonSilence.Find([Slot(100), Slot(100), Slot(null)], Window), Is.Empty);

    [Test]
    public void Find_OneFellSilentLongBefore_IsNothing() => Assert.That(CommonSilence.Find([Slot(100), Slot(131)], Window), Is.Empty);

    [Test]
    public void Find_OneSlotAlone_TellsNothing() => Assert.That(CommonSilence.Find([Slot(100)], Window), Is.Empty);

    private static ObserverView[] Slot(double? since, double? console = null) =>
    [
        new("P", since is null ? ObserverState.Alive : ObserverState.Dead, null, At(since), null),
        new("T", ObserverState.Alive, null, null, null),
        new("U", ObserverState.Alive, null, At(console), null),
    ];

    private static TimeSpan? At(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;
}
