using System.Text.Json;
using LabRunner.Bench.Consoles;

namespace LabRunner.Bench.Tests.Consoles;

public sealed class ArtefactFileTests
{
    private readonly Redactor _redactor = new(["hunter22"]);
    private string _folder;

    [SetUp]
    public void SetUp() => _folder = Directory.CreateTempSubdirectory("artefact-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_folder, recursive: true);

    [TestCase("text/plain", "a.bin", "line one\r\nkey hunter22 end\n", "line one\r\nkey *** end\n")]
    [TestCase("application/octet-stream", "boot.log", "Using Pass [of nobody's inventory]\nnext\n", "Using Pass [***]\nnext\n")]
    [TestCase("text/html", "index.html", "<p>hunter22</p>", "<p>***</p>")]
    public async Task Take_Text_LosesItsSecrets(string mime, string name, string text, string expected)
    {
        string kept = await TakeAsync(mime, name, System.Text.Encoding.UTF8.GetBytes(text));

        Assert.That(await File.ReadAllTextAsync(kept), Is.EqualTo(expected));
    }

    [Test]
    public async Task Take_Har_LosesItsSecretsAndStaysJson()
    {
        string har = """{"log":{"mqttPass":"x1","none":{"password":null},"entries":[{"text":"Info:CMD:backlog\nUsing Pass [abc]\nok"},{"text":"hunter22","ok":true}]}}""";

        string kept = await TakeAsync("application/json", "trace.har", System.Text.Encoding.UTF8.GetBytes(har));

        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(kept));
        JsonElement log = document.RootElement.GetProperty("log");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(log.GetProperty("mqttPass").GetString(), Is.EqualTo("***"));
            Assert.That(log.GetProperty("none").GetProperty("password").ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(log.GetProperty("entries")[0].GetProperty("text").GetString(), Is.EqualTo("Info:CMD:backlog\nUsing Pass [***]\nok"));
            Assert.That(log.GetProperty("entries")[1].GetProperty("text").GetString(), Is.EqualTo("***"));
            Assert.That(log.GetProperty("entries")[1].GetProperty("ok").GetBoolean(), Is.True);
        }
    }

    [TestCase("image/png", "shot.png", new byte[] { 0x89, 0x50, 0xff, 0x00, 0x0a })]
    [TestCase("text/plain", "latin1.txt", new byte[] { 0x61, 0xe9, 0x0d, 0x0a })]
    public async Task Take_WithoutSecrets_KeepsEveryByte(string mime, string name, byte[] bytes)
    {
        string kept = await TakeAsync(mime, name, bytes);

        Assert.That(await File.ReadAllBytesAsync(kept), Is.EqualTo(bytes));
    }

    private async Task<string> TakeAsync(string mime, string name, byte[] bytes)
    {
        string source = Path.Combine(_folder, "source-" + name);
        string target = Path.Combine(_folder, name);
        await File.WriteAllBytesAsync(source, bytes);
        await ArtefactFile.TakeAsync(source, target, mime, _redactor, CancellationToken.None);
        Assert.That(source, Does.Not.Exist);
        return target;
    }
}
