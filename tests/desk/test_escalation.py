import pytest

from service.desk.escalation import asks_for_person

ASKING = [
    "상담원 연결해 주세요",
    "사람이랑 얘기할래요",
    "상담원",
    "상담사 바꿔줘",
    "상담원이랑 직접 통화하고 싶어요",
    "사람 불러주세요!!",
    "챗봇 말고 사람이랑 상담하고 싶어요",
    "직원분이랑 통화 가능한가요",
    "매니저 나오세요",
    "전화 상담 원해요",
    "상담원연결",
    "ㅠㅠ 상담원 좀 연결 부탁드려요",
    "talk to a human",
    "I want to speak to a manager",
    "agent please",
    "Can I talk to a real person?",
    "get me a human",
    "can someone call me",
    "I’d like to talk to a person",
    "connect me to customer support",
    "HUMAN",
    "챗봇 말고 사람 없어요?",
    "상담원 있나요?",
    "여기 사람 없나요",
    "직원이 직접 답변해 주세요",
    "전화 좀 주세요",
    "is there anyone I can talk to",
    "I want a person, not a bot",
    "please call me back",
    "I'd like to request a callback: I need a call back",
    "operator please",
]

NOT_ASKING = [
    "상담 시간이 언제예요",
    "상담원 연결 시간 알려주세요",
    "직원 할인 있나요",
    "상담원이 불친절해요",
    "고객센터 전화번호 뭐예요",
    "세 사람이 쓸 수 있나요",
    "상담원 말고 그냥 알려주세요",
    "담당자 이름이 뭐예요",
    "받는 사람에게 메시지 보내고 싶어요",
    "how many people can use it",
    "what are your agent hours",
    "I don't want to talk to a human",
    "how do I add a team member",
    "do I need to speak to a representative to change my PIN?",
    "am I talking to a real person?",
    "I made a transfer to someone",
    "we need a manager account",
    "배송 전에 전화 주세요",
    "받는 사람이 없어요",
    "상담원 있는 시간",
    "사람 있는 사진도 있나요",
    "is there anyone else with the same size",
    "is this a robot vacuum or not a robot",
    "call me if the courier cannot find the door",
    "",
]


@pytest.mark.parametrize("message", ASKING)
def test_a_plain_request_for_a_person_is_heard(message: str) -> None:
    assert asks_for_person(message)


@pytest.mark.parametrize("message", NOT_ASKING)
def test_a_question_about_people_is_not_a_request_for_one(message: str) -> None:
    assert not asks_for_person(message)


@pytest.mark.parametrize(
    ("piece", "asks"), [("상담원 ", True), ("talk to a ", False), ("연결", False), ("사람 말고 ", False)]
)
def test_the_longest_message_is_read_to_its_end(piece: str, asks: bool) -> None:
    assert asks_for_person((piece * 2_000)[:2_000]) is asks
