using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Tests.Nights;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>What a tired engineer types: each mistake is a sentence and an exit code, and leaves no run folder and no half file.</summary>
[CancelAfter(300_000)]
[Parallelizable(ParallelScope.Self)]
public sealed class FlashMistakesTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("mistakes").FullName;
        File.WriteAllBytes(Path.Combine(_folder, "good.bin"), VirtualImages.WholeFlash("1.18.250"));
        File.WriteAllBytes(Path.Combine(_folder, "update.ota"), VirtualImages.Ota("1.18.250"));
        File.WriteAllBytes(Path.Combine(_folder, "beken.bin"), VirtualImages.For("1.18.250", ChipModel.Bk7231N));
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "not firmware");
        File.WriteAllText(Path.Combine(_folder, "there"), "a copy of somebody's flash");
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("p9 {dir}/good.bin", 64, "has no slot p9; it has p1, p2")]
    [TestCase("p1 {dir}/nothing.bin", 64, "nothing.bin")]
    [TestCase("p1 {dir}", 64, "{dir}")]
    [TestCase("p1 {dir}/notes.txt", 65, "no known image begins like this")]
    [TestCase("p1 {dir}/update.ota", 65, "use ./lab ota SLOT FILE")]
    [TestCase("p1 {dir}/beken.bin", 65, "is not for a BL602 board")]
    [TestCase("p1 {dir}/good.bin --backup {dir}/there", 64, "there is a file")]
    [TestCase("p1 {dir}/good.bin --backup {dir}", 64, "is a folder")]
    [TestCase("p1 {dir}/good.bin --backup /proc/copy.bin", 64, "cannot be written")]
    [TestCase("p1 {dir}/good.bin --loader {dir}/none", 64, "Cannot read the flash loader")]
    [TestCase("p1 {dir}/good.bin --loader {dir}/notes.txt", 64, "no program for the BL602's RAM")]
    [TestCase("p1 {dir}/good.bin --flasher nothing", 64, "There is no flasher 'nothing'; there are built-in, ")]
    [TestCase("p1 {dir}/good.bin --flasher esptool", 64, "esptool does not serve a BL602")]
    [TestCase("p1 {dir}/good.bin --baud 9", 64, "1200 to 4000000")]
    [TestCase("p1 {dir}/good.bin --bench no-such-bench", 65, "no-such-bench")]
    [TestCase("p1", 64, "image")]
    [TestCase("erase p1 --all", 64, "Say --yes")]
    [TestCase("erase p1 --from 0x1000 --yes", 64, "either --all, or both")]
    [TestCase("erase p1 --all --from 0 --length 4096 --yes", 64, "either --all, or both")]
    [TestCase("erase p1 --from ten --length 4096 --yes", 64, "'ten' is no number of bytes")]
    [TestCase("read p1 {dir}/there", 64, "there is a file")]
    [TestCase("read p1 {dir}/copy --from 0x7fffffff", 64, "at most 0x1000000")]
    [TestCase("info p1 --flasher blisp", 64, "flash info is not offered through blisp")]
    public async Task Flash_Mistake_IsASentence(string line, int code, string said, CancellationToken cancellationToken)
    {
        string[] arguments = [.. $"flash {line}".Replace("{dir}", _folder, StringComparison.Ordinal).Split(' '), "--out", "{out}"];
        using NightProcess flash = NightProcess.Start(arguments);
        int ended = await flash.EndAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended, Is.EqualTo(code), flash.Output);
            Assert.That(flash.Output, Does.Contain(said.Replace("{dir}", _folder, StringComparison.Ordinal)));
            Assert.That(flash.Output, Does.Not.Contain("   at ").And.Not.Contain("Exception"));
            Assert.That(Directory.GetFiles(_folder, "*.partial"), Is.Empty);
            Assert.That(File.ReadAllText(Path.Combine(_folder, "there")), Is.EqualTo("a copy of somebody's flash"));
        }
    }

    [TestCase("p1 {dir}/good.bin --backup {dir}/full --time-scale 4")]
    [TestCase("read p1 {dir}/full --length 0x2000")]
    public async Task Flash_NoRoomForTheCopy_IsAFaultOfTheDiskAndNothingIsErased(string line, CancellationToken cancellationToken)
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "full.partial"), "/dev/full");
        string[] arguments = [.. $"flash {line}".Replace("{dir}", _folder, StringComparison.Ordinal).Split(' '), "--out", "{out}"];
        using NightProcess flash = NightProcess.Start(arguments);
        int ended = await flash.EndAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended, Is.EqualTo(3), flash.Output);
            Assert.That(flash.Output, Does.Contain("Bench fault (Storage)").And.Contain("No space left on device").And.Contain("full"));
            Assert.That(flash.Output, Does.Not.Contain("The link was lost").And.Not.Contain("Erasing").And.Not.Contain("   at "));
            Assert.That(Directory.GetFiles(_folder, "full*"), Is.Empty);
        }
    }
}
