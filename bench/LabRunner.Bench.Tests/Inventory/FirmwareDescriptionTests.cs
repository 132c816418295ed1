using LabRunner.Bench.Api;

namespace LabRunner.Bench.Tests.Inventory;

public sealed class FirmwareDescriptionTests
{
    [TestCase("1.18.158", "Built on Jan  5 2026 20:00:00 version 1.18.158", true)]
    [TestCase("1.18.15", "Built on Jan  5 2026 20:00:00 version 1.18.158", false)]
    [TestCase("18.158", "Built on Jan  5 2026 20:00:00 version 1.18.158", false)]
    [TestCase("1.18.158", "Built on Jan  5 2026 20:00:00 version 1.18.1580", false)]
    [TestCase("1.18.158", "Built on Jan  5 2026 20:00:00 version 1.18.158.2", false)]
    [TestCase("1.18.158", "Built on Jan  5 2026 20:00:00 version 1.18.158-dev", false)]
    [TestCase("1.18.158", "Built on Jan  5 2026 20:00:00 version 1.18.158_dev", false)]
    [TestCase("1.18.158-dev", "Built on Jan  5 2026 20:00:00 version 1.18.158-dev", true)]
    [TestCase("1.18.158", "OpenBL602_1.18.158", true)]
    [TestCase("1.18.158", "replaces 1.18.1580 by 1.18.158.", true)]
    [TestCase("1.18.158", "", false)]
    [TestCase("", "Built on Jan  5 2026 20:00:00 version 1.18.158", false)]
    public void IsOf_BuildString_ByTheWholeVersion(string version, string build, bool expected) =>
        Assert.That(new FirmwareDescription("x.img", version).IsOf(build), Is.EqualTo(expected));
}
