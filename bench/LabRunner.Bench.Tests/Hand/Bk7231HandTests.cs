using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>Flashing BK7231 slots by hand, on the virtual plugs of bench/inventory/virtual-chips.yaml behind their PTYs.</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class Bk7231HandTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hand").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("n1", ChipModel.Bk7231N)]
    [TestCase("t1", ChipModel.Bk7231T)]
    public async Task Flash_FileOfTheChip_IsVerifiedAndBoots(string slot, ChipModel chip)
    {
        FirmwareImage image = FirmwareImage.Recognise(VirtualImages.For("1.18.200", chip));
        List<string> said = [];
        await using HandBench bench = await HandBench.OpenAsync("virtual-chips", slot, Path.Combine(_folder, "run"), 4, said.Add, default);
        FlashOutcome outcome = await FlashHand.FlashAsync(bench, null, null, new FlashRequest { Image = image }, said.Add, null, default);
        string banner = await FlashHand.BootAsync(bench, image.Version, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.Chip.Model, Is.EqualTo(chip));
            Assert.That(outcome.BytesWritten, Is.GreaterThan(100_000));
            Assert.That(banner, Does.Contain("1.18.200"));
            Assert.That(said, Has.Some.Contains(chip.Text()));
        }
    }
}
