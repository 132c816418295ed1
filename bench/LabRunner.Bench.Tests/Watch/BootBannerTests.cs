using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Watch;

public sealed class BootBannerTests
{
    private const string App = "Info:MAIN:Main_Init_Before_Delay";
    private const string AppDone = "Info:MAIN:Main_Init_Before_Delay done";

    [Test]
    public void Begins_ChipWhoseSdkSaysNothing_OnceInEachBoot()
    {
        BootBanner banner = new();

        Assert.That(new[] { "Entering initLog()...", App, AppDone, App }.Select(banner.Begins), Is.EqualTo(new[] { false, true, false, true }));
    }

    [Test]
    public void Begins_AppAfterTheSdk_IsTheSameBootHoweverLate()
    {
        BootBanner banner = new();

        Assert.That(
            new[] { "Starting bl602 now....", "Booting BL602 Chip...", App, App, "Booting BL602 Chip...", App, "Starting bl602 now....", "Starting bl602 now...." }.Select(banner.Begins),
            Is.EqualTo(new[] { true, false, false, true, true, false, true, true }),
            "the second App and the second Chip are of boots whose first lines were lost");
    }

    [Test]
    public void Begins_AppLineLostInTheBootBefore_IsMissedInThatBootAlone()
    {
        BootBanner banner = new();
        banner.Begins("Booting BL602 Chip...");

        banner.OnHeartbeat();

        Assert.That(banner.Begins(App));
    }
}
