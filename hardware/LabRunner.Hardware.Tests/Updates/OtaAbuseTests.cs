using System.Runtime.Versioning;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Updates;

/// <summary>The abuse matrix of updates (F31 to F36) against a virtual plug, over real sockets; and the faults that it must find.</summary>
[TestFixture]
[Category("ota-abuse")]
[SupportedOSPlatform("linux")]
internal sealed class OtaAbuseTests
{
    private const string Old = "1.18.158";
    private const string New = "1.18.159";
    private const double Scale = 12;

    // A loaded machine must not be taken for a stalled device; only the case that is to stall waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(400);

    private static IEnumerable<TestCaseData> Parts() => OtaAbuse.Matrix.GroupBy(c => c.Mode).Select(g => new TestCaseData(g.Key, g.ToArray()).SetArgDisplayNames(g.Key));

    [TestCaseSource(nameof(Parts))]
    [CancelAfter(240_000)]
    public async Task Matrix_SoundFirmware_EndsAsCodeReadingSays(string mode, OtaAbuseCase[] cases, CancellationToken token)
    {
        await using OtaBench bench = await OtaBench.StartAsync(Scale);
        bench.Power(true);
        string runs = Old;
        await bench.UpAsync(token);
        using (Assert.EnterMultipleScope())
        {
            foreach (OtaAbuseCase abuse in cases)
            {
                string other = runs == Old ? New : Old;
                (OtaUploadReply reply, PlugInfo after) = await TryAsync(bench, abuse, other, token);
                Assert.That(abuse.Judge(reply), Is.Null, $"{abuse}: {reply}");
                runs = abuse.End == OtaEnd.Accepted ? other : runs;
                Assert.That(after.Build, Does.Contain(runs), abuse.ToString());
            }
        }

        Assert.That(cases, Has.Length.GreaterThanOrEqualTo(4), mode);
    }

    // The rate is far below what a loaded machine reaches. What the sockets hold while the slot is erased comes in one burst: after this many
    // bytes it no longer tells in the mean.
    [TestCase("F31", "rate-max", "rate-8k", "bytesPerSecond=16000 bytes=196608")]
    [TestCase("F33", "foreign-esp8266", "rate-max", "")]
    [TestCase("F34", "body-557056", "body-557055", "")]
    [TestCase("F34", "unpacked-819201", "unpacked-819200", "")]
    [TestCase("F35", "flip-body", "flip-ident", "")]
    [CancelAfter(240_000)]
    public async Task Matrix_PlantedFault_IsFoundByItsCaseOnly(string mode, string finds, string passes, string parameters, CancellationToken token)
    {
        await using OtaBench bench = await OtaBench.StartAsync(Scale, new VirtualFaultConfig(
            mode, parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(p => p.Split('=')[0], p => p.Split('=')[1])));
        bench.Power(true);
        await bench.UpAsync(token);
        (OtaUploadReply sound, _) = await TryAsync(bench, Named(passes), New, token);
        OtaUploadReply found = await UploadAsync(bench, Named(finds), New, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Named(passes).Judge(sound), Is.Null, $"{passes}: {sound}");
            Assert.That(Named(finds).Judge(found), Is.Not.Null, $"{finds}: {found}");
        }
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Matrix_LyingLengthThatCrashes_IsSeenByTheUptime(CancellationToken token)
    {
        await using OtaBench bench = await OtaBench.StartAsync(Scale, new VirtualFaultConfig("F36", new Dictionary<string, string>()));
        bench.Power(true);
        await bench.UpAsync(token);
        (OtaUploadReply sound, _) = await TryAsync(bench, Named("rate-max"), New, token);
        TimeSpan up = bench.Clock.Elapsed;
        PlugInfo before = await bench.UpAsync(token);
        await UploadAsync(bench, Named("length-too-short"), Old, token);
        PlugInfo after = await bench.UpAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Named("rate-max").Judge(sound), Is.Null, $"{sound}");
            Assert.That(after.UptimeSeconds, Is.LessThan(before.UptimeSeconds + (bench.Clock.Elapsed - up).TotalSeconds - 3), "it has reset");
        }
    }

    [Test]
    public void Matrix_Names_AreUniqueAndEveryModeIsThere()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(OtaAbuse.Matrix.Select(c => c.Name), Is.Unique);
            Assert.That(OtaAbuse.Matrix.Select(c => c.Mode).Distinct(), Is.EqualTo(new[] { "F31", "F32", "F33", "F34", "F35", "F36" }));
        }
    }

    private static OtaAbuseCase Named(string name) => OtaAbuse.Matrix.Single(c => c.Name == name);

    private static async Task<(OtaUploadReply Reply, PlugInfo After)> TryAsync(OtaBench bench, OtaAbuseCase abuse, string version, CancellationToken token)
    {
        OtaUploadReply reply = await UploadAsync(bench, abuse, version, token);

        // F32's rule: the firmware serves, without help, within a minute; the reboot afterwards shows which one boots.
        await bench.UpAsync(token);
        return (reply, await bench.RestartAsync(token));
    }

    private static Task<OtaUploadReply> UploadAsync(OtaBench bench, OtaAbuseCase abuse, string version, CancellationToken token)
    {
        byte[] file = abuse.File(VirtualFirmwareImage.Build(version));
        OtaSending sending = abuse.Sending(file.Length);
        bool waits = abuse.End == OtaEnd.NoReply && sending.AbortAt is null;
        return bench.Plug.UploadOtaAsync(file, waits ? sending : sending with { StallLimit = Patience }, token);
    }
}
