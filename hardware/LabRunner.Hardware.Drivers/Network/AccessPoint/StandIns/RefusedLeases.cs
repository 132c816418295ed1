using System.Net;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;

/// <summary>Refuses to renew an address (DHCPNAK, RFC 2131 section 4.3.2) to a client that asks the server alone.</summary>
/// <param name="server">Address of the server that is stood in for.</param>
internal sealed class RefusedLeases(IPAddress server) : DatagramStandIn
{
    private const int FixedLength = 236;
    private const byte MessageType = 53;
    private const byte ServerIdentifier = 54;
    private const byte Request = 3;
    private const byte Nak = 6;
    private const byte End = 255;

    private static readonly byte[] Cookie = [99, 130, 83, 99];

    /// <inheritdoc/>
    protected override Task<byte[]?> AnswerAsync(byte[] question, CancellationToken cancellationToken)
    {
        if (question.Length < FixedLength + Cookie.Length || question[0] != 1 || !question.AsSpan(FixedLength, 4).SequenceEqual(Cookie) || TypeOf(question) != Request)
        {
            return Task.FromResult<byte[]?>(null);
        }

        byte[] answer = new byte[300];
        answer[0] = 2;

        // Hardware type and length, transaction, flags and hardware address are the question's; every address is empty.
        question.AsSpan(1, 2).CopyTo(answer.AsSpan(1));
        question.AsSpan(4, 4).CopyTo(answer.AsSpan(4));
        question.AsSpan(10, 2).CopyTo(answer.AsSpan(10));
        question.AsSpan(28, 16).CopyTo(answer.AsSpan(28));
        Cookie.CopyTo(answer, FixedLength);
        byte[] options = [MessageType, 1, Nak, ServerIdentifier, 4, .. server.GetAddressBytes(), End];
        options.CopyTo(answer, FixedLength + Cookie.Length);
        return Task.FromResult<byte[]?>(answer);
    }

    private static byte? TypeOf(byte[] question)
    {
        int at = FixedLength + Cookie.Length;
        while (at + 2 < question.Length && question[at] != End)
        {
            if (question[at] == MessageType)
            {
                return question[at + 2];
            }

            // A pad is one byte without a length.
            at += question[at] == 0 ? 1 : 2 + question[at + 1];
        }

        return null;
    }
}
