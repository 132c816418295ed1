using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Tests.Nights;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>The verbs <c>image</c> and <c>ota</c> as a user types them: exit codes, sentences, JSON; a mistake leaves no file.</summary>
[CancelAfter(300_000)]
public sealed class ImageAndOtaVerbTests
{
    private string _folder = "";

    [OneTimeSetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("verbs").FullName;
        byte[] whole = VirtualImages.WholeFlash("1.18.250");
        File.WriteAllBytes(Path.Combine(_folder, "good.bin"), whole);
        File.WriteAllBytes(Path.Combine(_folder, "bare.bin"), whole[0x11000..(0x11000 + BootHeader.Read(whole.AsSpan(0x10000), out _)!.CodeLength)]);
        File.WriteAllBytes(Path.Combine(_folder, "update.ota"), VirtualImages.Ota("1.18.250"));
        byte[] broken = VirtualImages.Ota("1.18.251");
        broken[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(_folder, "broken.ota"), broken);
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "not firmware");
    }

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("image inspect {dir}/nothing.bin", 64, "Cannot read {dir}/nothing.bin")]
    [TestCase("image inspect {dir}", 64, "{dir} is a folder")]
    [TestCase("image inspect {dir}/notes.txt", 65, "no known image begins like this")]
    [TestCase("image inspect {dir}/broken.ota", 65, "SHA-256")]
    [TestCase("image inspect {dir}/good.bin", 0, "no problem found")]
    [TestCase("image make-ota {dir}/good.bin", 64, "--out")]
    [TestCase("image make-ota {dir}/notes.txt -o {dir}/made", 64, "notes.txt")]
    [TestCase("image make-ota {dir}/bare.bin -o {dir}/made", 64, "--header-from backup.bin")]
    [TestCase("image make-ota {dir}/bare.bin --header-from {dir}/notes.txt -o {dir}/made", 64, "--header-from: {dir}/notes.txt")]
    [TestCase("image make-ota {dir}/good.bin --break Nothing -o {dir}/made", 64, "--break")]
    [TestCase("image make-ota {dir}/good.bin --software-version 12345678901234567 -o {dir}/made", 64, "--software-version: 1 to 16")]
    [TestCase("image make-ota {dir}/good.bin -o /proc/made", 64, "Cannot write /proc/made")]
    [TestCase("image make-virtual 1.18.200 --chip Z80 -o {dir}/made", 64, "virtual plugs have a BL602, BK7231N or BK7231T")]
    [TestCase("ota p1 {dir}/nothing.ota", 64, "Cannot read {dir}/nothing.ota")]
    [TestCase("ota p1 {dir}/notes.txt", 65, "notes.txt")]
    [TestCase("ota p1 {dir}/good.bin", 65, "good.bin")]
    [TestCase("ota p1 {dir}/broken.ota", 65, "broken.ota")]
    [TestCase("ota p9 {dir}/update.ota", 64, "has no slot p9")]
    [TestCase("ota p1 {dir}/update.ota --rate fast", 64, "'fast' is no rate")]
    [TestCase("ota p1 {dir}/update.ota --rate 5", 64, "'5' is no rate")]
    [TestCase("ota p1 {dir}/update.ota --abort-at 120%", 64, "--abort-at")]
    [TestCase("ota p1 {dir}/update.ota --stall-for soon", 64, "'soon' is no duration")]
    [TestCase("ota p1 {dir}/update.ota --content-length -1", 64, "cannot be negative")]
    [TestCase("ota p1 {dir}/update.ota --framing Chunked --content-length 5", 64, "needs the framing ContentLength")]
    [TestCase("ota p1", 64, "image")]
    public async Task Verb_Line_EndsWithCodeAndSentence(string line, int code, string said, CancellationToken cancellationToken)
    {
        using NightProcess verb = Run(line);
        int ended = await verb.EndAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ended, Is.EqualTo(code), verb.Output);
            Assert.That(verb.Output, Does.Contain(said.Replace("{dir}", _folder, StringComparison.Ordinal)));
            Assert.That(verb.Output, Does.Not.Contain("   at ").And.Not.Contain("Exception"));
            Assert.That(Path.Combine(_folder, "made"), Does.Not.Exist);
        }
    }

    [TestCase("good.bin", "")]
    [TestCase("update.ota", "")]
    [TestCase("bare.bin", "--header-from {dir}/good.bin")]
    public async Task Image_MakeOta_IsSoundAndJsonTellsIt(string from, string options, CancellationToken cancellationToken)
    {
        string made = Path.Combine(_folder, $"{from}.made");
        using NightProcess make = Run($"image make-ota {{dir}}/{from} {options} -o {made}");
        Assert.That(await make.EndAsync(cancellationToken), Is.Zero, make.Output);
        using NightProcess inspect = Run($"image inspect {made} --json");
        Assert.That(await inspect.EndAsync(cancellationToken), Is.Zero, inspect.Output);
        using JsonDocument told = JsonDocument.Parse(inspect.Output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.RootElement.GetProperty("kind").GetString(), Is.EqualTo("Bl602Ota"));
            Assert.That(told.RootElement.GetProperty("lengthBytes").GetInt64(), Is.EqualTo(new FileInfo(made).Length));
            Assert.That(told.RootElement.GetProperty("sha256").GetString(), Has.Length.EqualTo(64));
            Assert.That(told.RootElement.GetProperty("problems").GetArrayLength(), Is.Zero);
        }
    }

    [Test]
    public async Task Image_MakeOtaBrokenOnPurpose_EndsWellAndSaysWhatIsWrong(CancellationToken cancellationToken)
    {
        string made = Path.Combine(_folder, "hash.ota");
        using NightProcess make = Run($"image make-ota {{dir}}/update.ota --break Hash -o {made}");
        int code = await make.EndAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, make.Output);
            Assert.That(make.Output, Does.Contain("made on purpose (Hash)").And.Contain("SHA-256"));
            Assert.That(FirmwareImage.Recognise(await File.ReadAllBytesAsync(made, cancellationToken)).Problems, Is.Not.Empty);
        }
    }

    [Test]
    public async Task Ota_SoundFile_EndsWithZeroAndJsonTellsTheUpdate(CancellationToken cancellationToken)
    {
        using NightProcess ota = Run("ota p1 {dir}/update.ota --time-scale 8 --json");
        Assert.That(await ota.EndAsync(cancellationToken), Is.Zero, ota.Output);
        using JsonDocument told = JsonDocument.Parse(ota.Output);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told.RootElement.GetProperty("after").GetString(), Does.Contain("1.18.250"));
            Assert.That(told.RootElement.GetProperty("statusLine").GetString(), Is.EqualTo("HTTP/1.1 200 OK"));
            Assert.That(told.RootElement.GetProperty("bytesSent").GetInt64(), Is.EqualTo(new FileInfo(Path.Combine(_folder, "update.ota")).Length));
            Assert.That(told.RootElement.GetProperty("differences").GetArrayLength(), Is.Zero);
            Assert.That(told.RootElement.GetProperty("expected").GetBoolean(), Is.True);
        }
    }

    [Test]
    public async Task Ota_BrokenFileSentAnyway_EndsWithOneAndTheDevicesWords(CancellationToken cancellationToken)
    {
        using NightProcess ota = Run("ota p1 {dir}/broken.ota --anyway --time-scale 8");
        int code = await ota.EndAsync(cancellationToken);
        Assert.That(code, Is.EqualTo(1), ota.Output);
        Assert.That(ota.Output, Does.Contain("SHA256 NOT Correct").And.Not.Contain("   at "));
    }

    private NightProcess Run(string line) =>
        NightProcess.Start([.. line.Replace("{dir}", _folder, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
}
